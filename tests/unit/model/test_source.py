from __future__ import annotations

from regplan.model.progress import Progress
from regplan.model.source import Content, FactSource, ImageSource
from regplan.oci.digest import Digest
from unit.sources import DictSource, FactsOnly


def test_a_dict_is_a_source_and_knows_no_facts() -> None:
    source = DictSource({})

    assert isinstance(source, ImageSource)
    assert not isinstance(source, FactSource)
    assert isinstance(FactsOnly({}), FactSource)


def test_content_is_shown_without_its_bytes() -> None:
    assert "secret" not in repr(Content("type", Digest.of(b"secret"), b"secret"))


def test_progress_tells_how_far_work_has_come() -> None:
    assert Progress(1, 3, "images", "nginx") == Progress(1, 3, "images", what="nginx")
    assert Progress(1, 3, "images").what == ""

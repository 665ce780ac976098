from __future__ import annotations

from regplan.model.seed import ManifestPut
from regplan.model.verifying import VerifyResult
from regplan.oci.digest import Digest


def test_a_target_is_complete_when_nothing_is_missing_and_nothing_is_wrong() -> None:
    assert VerifyResult("oci:tree", 3, equivalent=("a",), unpinned=("b",), internet_fallback=("c",)).complete
    assert not VerifyResult("oci:tree", 3, missing=("a",)).complete
    assert not VerifyResult("oci:tree", 3, wrong=("a",)).complete


def test_a_manifest_s_bytes_are_not_shown() -> None:
    put = ManifestPut("a", Digest.of(b""), "type", b"secret", ("1",), ())

    assert "secret" not in repr(put)

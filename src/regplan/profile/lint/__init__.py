"""Findings about what one pack or profile declares: each says what is wrong, where, how to mend it, and who says so.

Which verdict, and why:

- `profile.misspelt-key` FAILs where Palette does not see the image: nothing puts it into the registry or a bundle, and
  the fix is one word. It is INFO for forms that some documentation shows and regplan reads.
- `profile.unresolved-macro` is INCOMPLETE for an image, because its bytes are unknown; INFO for a count of replicas.
- `profile.no-image-list` is INCOMPLETE where a pack shows images that cannot be told in full, or holds manifests that
  are not here; else INFO.
- All others are INFO: with content sync on the site still works, and dead weight only costs room. Whether it works
  without is for `mode.sync-off-missing`.
"""

from __future__ import annotations

from regplan.profile.lint.charts import chart_not_rendered
from regplan.profile.lint.forms import (
    alias_key,
    is_mutable,
    misspelt_key,
    mutable_tag,
    not_understood,
    unpublished_draft,
    unresolved_macro,
)
from regplan.profile.lint.lists import hidden_manifests, no_image_list, no_image_seen

__all__ = [
    "alias_key",
    "chart_not_rendered",
    "hidden_manifests",
    "is_mutable",
    "misspelt_key",
    "mutable_tag",
    "no_image_list",
    "no_image_seen",
    "not_understood",
    "unpublished_draft",
    "unresolved_macro",
]

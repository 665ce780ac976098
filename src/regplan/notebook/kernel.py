"""The kernel behind the launcher's card "regplan (site sizing)": IPython with regplan's names, displays and magics."""

from __future__ import annotations

from typing import Any, Final

from ipykernel.ipkernel import IPythonKernel

import regplan
from regplan.version import VERSION

__all__ = ["BANNER", "PRELOADED", "RegplanKernel"]

# What a site is sized with; everything else is `regplan.NAME`.
PRELOADED: Final = (
    "Options",
    "charts",
    "compare_sites",
    "demo_site",
    "explain",
    "frame",
    "measure_images",
    "plan_fleet",
    "plan_site",
    "read_site",
    "write_report",
)
BANNER: Final = f"""regplan {VERSION}: will the site's registry hold and serve every image?
Ready to use: regplan, {", ".join(PRELOADED)}.
  plan_site(demo_site())        a site, planned; the last line of a cell shows itself
  %regplan plan site.yaml       any line of the command line
  %%site                        a site file written into the cell, planned"""


class RegplanKernel(IPythonKernel):
    """A Python kernel that knows regplan from its first cell on."""

    implementation = "regplan"
    implementation_version = VERSION
    banner = BANNER

    def __init__(self, **given: Any) -> None:  # noqa: ANN401  traitlets' own
        """Load the extension and the names."""
        super().__init__(**given)  # type: ignore[no-untyped-call]
        shell: Any = self.shell
        shell.extension_manager.load_extension("regplan.notebook")
        names = {"regplan": regplan} | {name: getattr(regplan, name) for name in PRELOADED}
        # They are the kernel's and not the user's: %who leaves them out, %reset keeps them.
        shell.push(names, interactive=False)


if __name__ == "__main__":
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(kernel_class=RegplanKernel)

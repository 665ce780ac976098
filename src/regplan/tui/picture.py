"""A picture of a screen, for the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.tui.app import RegplanApp
from regplan.tui.session import Flags

if TYPE_CHECKING:
    from regplan.tui.app import Loader

__all__ = ["picture"]


async def picture(load: Loader, target: str, mode: str, size: tuple[int, int] = (120, 40)) -> str:
    """Draw one screen of `target` as SVG, `size` columns and rows large; raises `RuntimeError` where it has no plan."""
    app = RegplanApp(load, target, Flags(offline=True))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        while app.session.busy:  # a site is opened once something is drawn
            await pilot.pause(0.01)
        await pilot.pause()
        if app.session.study is None:
            raise RuntimeError(f"{target} has no plan to draw: {app.session.error}")
        await app.switch_mode(mode)
        await app.workers.wait_for_complete()
        await pilot.pause()
        return app.export_screenshot(title=f"regplan tui {target}")

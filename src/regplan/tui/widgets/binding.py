"""The binding constraint: what decides the verdict, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from regplan.report.reading import binding_findings
from regplan.report.words import counted, marked, tidy
from regplan.tui.theme import VERDICT_STYLES

if TYPE_CHECKING:
    from regplan.model.plan import Plan

__all__ = ["BindingConstraint", "binding_words"]


class BindingConstraint(Static):
    """Names what binds the plan."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(markup=False, id="binding", classes="pane")
        self.border_title = "Binding constraint"

    def show(self, plan: Plan) -> None:
        """Show the plan's binding constraint."""
        self.update(binding_words(plan))


def binding_words(plan: Plan) -> Text:
    """Write the worst finding of the rule that binds, how many more there are of it, and the fix."""
    found = binding_findings(plan)
    if not found:
        return Text("Nothing binds: no rule had anything to check.")
    worst = found[0]
    like = sum(finding.verdict is worst.verdict for finding in found) - 1
    text = Text.assemble((f" {marked(worst.verdict)} ", VERDICT_STYLES[worst.verdict]), f" {worst.rule}")
    where = f" · {tidy(worst.where)}" if worst.where and worst.where not in worst.message else ""
    more = f" · and {counted(like, 'finding')} like it" if like else ""
    text.append(f"{where}{more} · {tidy(worst.message)}")
    return text.append(f"\nFix: {tidy(worst.fix)}") if worst.fix else text

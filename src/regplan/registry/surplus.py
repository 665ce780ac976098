"""What came after an answer without having been asked for: a connection that holds it answers the next question wrongly.

The HTTP library looks whether an idle connection has something to read before it is used again, but not at what it has
itself read beyond an answer's end. It tells nobody either, so that we look where it keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.registry.small import Reply

if TYPE_CHECKING:
    import httpx

__all__ = ["close_after", "hang_up"]

_WAY: Final = ("stream", "_stream", "_httpcore_stream", "_stream", "_connection")


async def close_after(response: httpx.Response) -> None:
    """Close an answer, and its connection too where more came on it than the answer."""
    await response.aclose()
    connection = _connection_of(response)
    if connection is not None and connection._h11_state.trailing_data[0]:  # noqa: SLF001  it is shown nowhere else
        await connection.aclose()


async def hang_up(response: httpx.Response | Reply) -> None:
    """Close the connection of an answer that was read and is not one to what was asked: the right one comes after it.

    Only whoever alone uses that connection may do so.
    """
    if isinstance(response, Reply):
        response.hang_up()
        return
    connection = _connection_of(response)
    if connection is not None:
        await connection.aclose()


def _connection_of(response: httpx.Response) -> Any:  # noqa: ANN401  the library's own, without a public type
    found: Any = response
    for name in _WAY:
        found = getattr(found, name, None)
    return found if hasattr(found, "_h11_state") else None

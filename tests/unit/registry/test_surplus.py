from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.registry.push import Pusher
from support.raw import RawServer

if TYPE_CHECKING:
    from support.raw import Conversation

pytestmark = pytest.mark.anyio


def answer(number: int) -> bytes:
    head = f"HTTP/1.1 202 Accepted\r\nLocation: /v2/a/blobs/uploads/{number}\r\n"
    return f"{head}Content-Length: 4\r\n\r\nbody".encode()


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_what_came_beyond_an_answer_is_not_taken_for_the_next_one(times: int) -> None:
    numbers = iter(range(10))

    def repeat(conversation: Conversation) -> None:
        conversation.send(answer(next(numbers)) * times)

    with RawServer(repeat) as server:
        options = ConnectionOptions({server.address: HostOptions(plain_http=True)})
        async with RegistryClient(options, Credentials(options, {})) as client:
            pusher = Pusher(client, server.address)
            uploads = [await pusher.start_upload("a") for _ in range(3)]

    assert [upload.location.rpartition("/")[2] for upload in uploads if upload] == ["0", "1", "2"]

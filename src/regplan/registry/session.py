"""One registry as we talk to it: logins, retries, redirects and the count of requests."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import anyio
import httpx

from regplan.errors import RegistryError, RegplanError
from regplan.registry.ask import Ask, RequestCounts
from regplan.registry.auth import Authenticator, Moment, Want, basic_header
from regplan.registry.bodies import Sending, certificate_of, peer_of, read_bounded
from regplan.registry.faults import Failure, perhaps_tls
from regplan.registry.limits import fewer_left, rate_limit_of
from regplan.registry.places import Places
from regplan.registry.problems import Asked, error_for, must_start_over, tells_of_no_room
from regplan.registry.pulling import is_out_of_pulls, wait_for_pull
from regplan.registry.redirects import is_followed, onward_from, refusal
from regplan.registry.retry import DEFAULT_POLICY, Fault, Outcome, next_delay
from regplan.registry.surplus import close_after, hang_up
from regplan.registry.wire import MOST_ERROR_BYTES, Answer, origin_of, retry_after_s
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from regplan.model.limits import RateLimit
    from regplan.model.probe import Certificate
    from regplan.registry.credentials import Credentials
    from regplan.registry.options import Credential, Secret
    from regplan.registry.pool import Pool
    from regplan.registry.small import Reply

__all__ = ["Ask", "RequestCounts", "Session"]

_MOST_REDIRECTS: Final = 5
_DEAD_S: Final = 30.0
_MOST_TOKEN_BYTES: Final = 256 * 2**10


@dataclass(frozen=True, slots=True)
class _Access:
    """Who asks: the credential (None where there is none, or it may not go there) and where it comes from."""

    credential: Credential | None = None
    withheld: bool = False


class Session:
    """All that is kept of one registry during a run; `host` is its name in references."""

    def __init__(self, host: str, pool: Pool, credentials: Credentials) -> None:
        """Reach `host` through `pool`; nothing is sent yet."""
        self.host = host
        self.pool = pool
        options = pool.options
        self.endpoint = options.endpoint(host)
        self._credentials = credentials
        self._access: dict[str, _Access] = {}
        self._auth = Authenticator(host, options.names_plain_http)
        self._places = Places(options.at_once)
        self._first = anyio.Lock()
        self._token_locks: dict[Want, anyio.Lock] = {}
        self._met = False
        self._dead: tuple[float, Failure] | None = None
        self._not_before_s = 0.0
        self._counts = RequestCounts()
        self.rate_limit: RateLimit | None = None
        self._pulls = 0
        self.certificate: Certificate | None = None

    @property
    def realm(self) -> str:
        """The URL of the token server that this registry has sent us to, "" where it has sent us to none yet."""
        return self._auth.realm

    @property
    def counts(self) -> RequestCounts:
        """What this registry was asked so far."""
        return self._counts

    async def fetch(self, ask: Ask, most_bytes: int = MOST_ERROR_BYTES) -> Answer:
        """Ask, and read the answer's body up to `most_bytes`; raises `RegistryError`s.

        A few small requests go at once; an upload takes none of their places, and its caller decides how many there are.
        """
        for attempt in range(1, 100):
            place = await self._places.take() if ask.is_replayable else None
            try:
                response, sending = await self._begin(ask, most_bytes, place)
                if response.status_code in ask.unread:
                    await response.aclose()
                    return Answer(ask.method, sending.url, response.status_code, {}, b"")
                read = await read_bounded(response, sending, most_bytes)
            finally:
                if place is not None:
                    self._places.leave(place)
            if isinstance(read, Answer):
                return read
            delay = self._delay(attempt, Outcome(ask.method, fault=read.fault, replayable=ask.is_replayable))
            if delay is None:
                raise read.given_up if ask.is_replayable else read.error
            self._count(overhead=1, requests=-1)
            await self.pool.surroundings.sleep(delay)
        raise AssertionError

    @asynccontextmanager
    async def open(self, ask: Ask) -> AsyncIterator[tuple[httpx.Response, Sending]]:
        """Ask, and hand over a good answer with its body unread; it is closed at the end."""
        response, sending = await self.begin(ask)
        try:
            yield response, sending
        finally:
            await close_after(response)

    def widen(self, at_once: int) -> None:
        """Let at least so many small requests go at once: whoever seeds decides himself how many there are."""
        self._places.widen(at_once)

    async def authorize(self, ask: Ask) -> Secret | None:
        """Tell the Authorization header for what others send in our name (registry/oras), or None for none."""
        self.pool.check_online(self.host)
        return await self._authorization(ask, await self._access_to(ask.repository))

    def learn(self, ask: Ask, sent: Secret | None, answer: Answer) -> bool:
        """Learn from a 401 that others got; tell whether `authorize` will now say something else."""
        access = self._access.get(ask.repository, _Access())
        return answer.status == 401 and self._auth.refused(self._want(ask, access), sent, answer)

    def error(self, ask: Ask, answer: Answer) -> RegplanError:
        """Tell which error an answer is that others got."""
        return self._error(answer, ask, self._access.get(ask.repository, _Access()))

    async def login_for(self, ask: Ask) -> Secret | None:
        """Get the Authorization that a request would go with, None for none; raises what a token server says against it."""
        access = await self._access_to(ask.repository)
        return await self._login(self._want(ask, access), ask, access)

    async def begin(self, ask: Ask) -> tuple[httpx.Response, Sending]:
        """Ask until there is a good answer or no hope; whoever asked closes the answer, whose body is unread."""
        response, sending = await self._begin(ask)
        assert isinstance(response, httpx.Response)  # noqa: S101  only where `most_bytes` are asked for is it another
        return response, sending

    async def _begin(
        self, ask: Ask, most_bytes: int = 0, place: int | None = None
    ) -> tuple[httpx.Response | Reply, Sending]:
        """Ask until there is a good answer or no hope; where `most_bytes` is given, so much of it is read at once."""
        self.pool.check_online(self.host)
        access = await self._access_to(ask.repository)
        attempt, may_log_in, world = 1, True, self.pool.surroundings
        while True:
            async with nullcontext() if self._met else self._introduction():
                await wait_for_pull(world, self.host, ask, partial(self._ask_what_is_left, ask, access))
                response, sending, sent = await self._attempt(ask, access, most_bytes, place)
                if not isinstance(response, Failure) and response.status_code in ask.good:
                    self._met = True
                    self._count(requests=1)
                    return response, sending
                answer = await self._read(response, sending)
                if isinstance(answer, Answer):
                    self._met = True
                if isinstance(answer, Answer) and answer.status == 401 and may_log_in and self._is_ours(sending.url):
                    may_log_in = False
                    if self._auth.refused(self._want(ask, access), sent, answer):
                        self._count(overhead=1)
                        if ask.is_replayable:
                            continue
                        raise must_start_over(answer, self._asked(ask, access), world.date())
            if isinstance(answer, Answer) and is_out_of_pulls(world, self.host, ask, answer):
                self._count(overhead=1)
                continue
            delay = self._consider(attempt, ask, answer)
            if delay is None:
                self._bury(answer)
                error = self._error(answer, ask, access)
                if isinstance(error, RegistryError):
                    error.tried = attempt
                raise error
            attempt += 1
            await self.pool.surroundings.sleep(delay)

    async def _attempt(
        self, ask: Ask, access: _Access, most_bytes: int = 0, place: int | None = None
    ) -> tuple[httpx.Response | Reply | Failure, Sending, Secret | None]:
        """Send once with the login that is known, following redirects; tell what was sent and as whom."""
        if (failure := self._recent_failure()) is not None:
            return failure, Sending(ask.method, self._whole(ask.url), {}, self.host), None
        await self._wait_for_gate()
        sent = await self._authorization(ask, access)
        url, headers = self._whole(ask.url), dict(ask.headers)
        if sent is not None and self._is_ours(url):
            headers["Authorization"] = sent.reveal()
        how = (ask.read_s, place, ask.bulk, most_bytes, ask.unread)
        sending = Sending(ask.method, url, headers, self.host, ask.body, *how)
        response = await self.pool.send(sending)
        if isinstance(response, Failure) and response.fault not in {Fault.BROKEN, Fault.SILENT}:
            self._bury(response)
        for _ in range(_MOST_REDIRECTS):
            location = None if isinstance(response, Failure) else response.headers.get("location")
            if (
                isinstance(response, Failure)
                or location is None
                or not is_followed(ask, response.status_code, sending.url, location)
            ):
                break
            await response.aclose()
            self._count(overhead=1)
            sending = self._next(sending, location, peer_of(response))
            response = await self.pool.send(sending)
        if not isinstance(response, Failure) and self._is_ours(sending.url):
            self.certificate = self.certificate or certificate_of(response, self.pool.surroundings.date())
            told = rate_limit_of(self.host, response.headers)
            self._pulls += ask.is_pull and response.status_code < 300
            self.rate_limit = fewer_left(self.rate_limit, told, self._pulls)
            if self.pool.surroundings.pulls is not None:
                self.pool.surroundings.pulls.told(told, self.pool.surroundings.clock())
        return response, sending, sent

    async def _ask_what_is_left(self, ask: Ask, access: _Access) -> None:
        """Ask with a HEAD, which is not counted, how many pulls are left."""
        self.rate_limit = None
        response, _, _ = await self._attempt(replace(ask, method="HEAD"), access)
        if not isinstance(response, Failure):
            await response.aclose()

    def _next(self, sending: Sending, location: str, peer: str) -> Sending:
        """Tell the request that follows a redirect: without credentials on another origin, never down to plain HTTP.

        `peer` is the address of who sends us on: from the outside nobody leads us to what only this network reaches.
        """
        url = onward_from(sending.url, location)
        why = refusal(sending.url, url, peer, self.pool.options)
        if why := why or ("what is no URL" if self.pool.why_nameless(url) else ""):
            raise RegistryError(f"{self.host} sends us on to {why}", request=sending.shown)
        headers = sending.headers
        if origin_of(url) != origin_of(sending.url):
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        return replace(sending, url=url, headers=headers)

    async def _authorization(self, ask: Ask, access: _Access) -> Secret | None:
        if ask.is_basic:
            return basic_header(access.credential)
        want = self._want(ask, access)
        try:
            return await self._login(want, ask, access)
        except RegistryError:
            # One repository's token server that is away or refuses must not hide those that are open to everybody.
            if not self._auth.may_go_without(want):
                raise
            return None

    async def _login(self, want: Want, ask: Ask, access: _Access) -> Secret | None:
        if self._auth.takes_anybody(want):
            return None
        moment = Moment(self.pool.surroundings.clock(), self.pool.surroundings.date())
        async with self._token_locks.setdefault(want, anyio.Lock(fast_acquire=True)):
            flow = self._auth.authorize(want, self._asked(ask, access), moment, ask.life_s)
            try:
                request = next(flow)
                while True:
                    sending = Sending(request.method, request.url, request.headers, self.host, request.body)
                    request = flow.send(await self._token_answer(sending))
            except StopIteration as end:
                header: Secret | None = end.value
                return header

    async def _token_answer(self, sending: Sending) -> Answer:
        if sending.body is not None:
            sending = replace(sending, headers={**sending.headers, "Content-Type": "application/x-www-form-urlencoded"})
        name = urlsplit(sending.url).netloc
        host = f"{name} (token server of {self.host})" if name != self.host else self.host
        sending = replace(sending, host=host, most_bytes=_MOST_TOKEN_BYTES)
        for attempt in range(1, 100):
            response = await self.pool.send(sending)
            self._count(overhead=1)
            read = (
                response if isinstance(response, Failure) else await read_bounded(response, sending, _MOST_TOKEN_BYTES)
            )
            outcome = self._outcome(sending.method, read, replayable=True)
            delay = self._delay(attempt, outcome)
            if delay is None:
                if isinstance(read, Failure):
                    raise read.given_up
                return read
            await self.pool.surroundings.sleep(delay)
        raise AssertionError

    async def _access_to(self, repository: str) -> _Access:
        known = self._access.get(repository)
        if known is None:
            find = partial(self._credentials.find, self.host, repository)
            credential = await anyio.to_thread.run_sync(find) if self._credentials.takes_a_while else find()
            withheld = credential is not None and not self.pool.options.may_log_in(self.host)
            known = self._access[repository] = _Access(None if withheld else credential, withheld)
        return known

    @asynccontextmanager
    async def _introduction(self) -> AsyncIterator[None]:
        """Let one request alone find out how an unknown host wants to know us, before the others follow."""
        if self._met:
            yield
            return
        async with self._first:
            is_first = not self._met
            if is_first:
                yield
        if not is_first:
            yield

    def _is_ours(self, url: str) -> bool:
        """Tell whether a URL is this registry's own: no other host gets its logins or says how we log in to it."""
        return url.startswith(f"{self.endpoint}/") or origin_of(url) == origin_of(self.endpoint)

    def _whole(self, url: str) -> str:
        is_path = url.startswith("/") and not url.startswith("//")
        return f"{self.endpoint}{url}" if is_path else urljoin(self.endpoint, url)

    def _bury(self, answer: Answer | Failure) -> None:
        """Take a host that never answered for dead for a while; silence counts only after it was tried again."""
        if isinstance(answer, Failure) and not self._met and answer.fault is not Fault.BROKEN:
            self._dead = (self.pool.surroundings.clock(), answer)

    def _recent_failure(self) -> Failure | None:
        """Tell why a host that never answered failed just now: many images must not wait for it one by one."""
        if self._met or self._dead is None or self.pool.surroundings.clock() - self._dead[0] > _DEAD_S:
            return None
        return self._dead[1]

    async def _wait_for_gate(self) -> None:
        pause = self._not_before_s - self.pool.surroundings.clock()
        if pause > 0:
            await self.pool.surroundings.sleep(pause)

    async def _read(self, response: httpx.Response | Reply | Failure, sending: Sending) -> Answer | Failure:
        if isinstance(response, Failure):
            return response
        answer = await read_bounded(response, sending, MOST_ERROR_BYTES)
        # A success that is not good was to another request, and the answer to ours comes after it.
        if sending.lane is not None and response.is_success:
            await hang_up(response)
        return answer

    def _consider(self, attempt: int, ask: Ask, answer: Answer | Failure) -> float | None:
        """Tell how long to wait before the next attempt, or None; count this one."""
        outcome = self._outcome(ask.method, answer, replayable=ask.is_replayable)
        is_in_vain = isinstance(answer, Answer) and tells_of_no_room(answer)
        delay = None if is_in_vain else self._delay(attempt, outcome)
        if outcome.status == 429 or (outcome.status == 503 and outcome.retry_after_s is not None):
            self._hold_up(outcome, delay)
        if outcome.status in {429, 503}:
            self._counts = replace(self._counts, throttled=self._counts.throttled + 1)
        if outcome.fault in {Fault.NONE, Fault.BROKEN, Fault.SILENT}:
            self._count(overhead=0 if delay is None else 1, requests=1 if delay is None else 0)
        return delay

    def _hold_up(self, outcome: Outcome, delay: float | None) -> None:
        """Make the others wait too, also where this request is not sent again.

        Who asks for more than our patience is not waited for at all: each image would wait in vain, one after another.
        """
        pause = delay if delay is not None else outcome.retry_after_s or 0.0
        if delay is not None or pause <= DEFAULT_POLICY.patience_s:
            self._not_before_s = max(self._not_before_s, self.pool.surroundings.clock() + pause)

    def _delay(self, attempt: int, outcome: Outcome) -> float | None:
        return next_delay(attempt, outcome, self.pool.surroundings.chance())

    def _outcome(self, method: str, answer: Answer | Failure, *, replayable: bool) -> Outcome:
        if isinstance(answer, Failure):
            return Outcome(method, fault=answer.fault, replayable=replayable, known_host=self._met)
        wait = retry_after_s(answer.headers, self.pool.surroundings.date())
        return Outcome(method, status=answer.status, replayable=replayable, known_host=True, retry_after_s=wait)

    def _error(self, answer: Answer | Failure, ask: Ask, access: _Access) -> RegplanError:
        if isinstance(answer, Failure):
            failure = answer if self._met else perhaps_tls(answer)
            return failure.given_up if ask.is_replayable else failure.error
        return error_for(answer, self._asked(ask, access), self.pool.surroundings.date())

    def _asked(self, ask: Ask, access: _Access) -> Asked:
        credential = access.credential
        parts = () if credential is None else (credential.password, credential.identity_token, credential.bearer_token)
        secrets = (*(part for part in parts if part is not None), *self._auth.secrets())
        login = "" if credential is None else credential.origin or "the command line"
        return Asked(self.host, ask.what, ask.repository, login, access.withheld, secrets)

    def _want(self, ask: Ask, access: _Access) -> Want:
        return Want(ask.scopes, access.credential)

    def _count(self, *, requests: int = 0, overhead: int = 0) -> None:
        counts = self._counts
        self._counts = replace(counts, requests=counts.requests + requests, overhead=counts.overhead + overhead)

"""A loopback HTTP server that answers chat completions the way ERNIE endpoints do.

Two flavours: `fastdeploy` (FastDeploy 2.x in front of open weights) and `qianfan` (Baidu's hosted
V2 API). Answers are scripted, requests are recorded, and so is a client that hangs up mid-stream.

    with FakeErnie(Answer("你好")) as ernie:
        client = openai.OpenAI(base_url=ernie.base_url, api_key="any")
        ...
        assert ernie.requests[0].body["messages"] == ...
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Flavour = Literal["fastdeploy", "qianfan"]
CREATED = 1_764_000_000
HANG_UP_SECONDS = 20.0


def old_error(message: str, code: int = 500) -> dict[str, Any]:
    """An error as earlier FastDeploy releases word it."""
    return {"object": "error", "message": message, "code": code}


def new_error(message: str, kind: str = "invalid_request_error", code: str | None = None) -> dict[str, Any]:
    """An error as FastDeploy words it since it follows OpenAI."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def qianfan_error(code: str, message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    """An error as Qianfan V2 words it."""
    return {"error": {"code": code, "message": message, "type": kind}, "id": "as-fake0001"}


UNAUTHORIZED: Mapping[Flavour, dict[str, Any]] = {
    "fastdeploy": {"error": "Unauthorized"},
    "qianfan": qianfan_error("invalid_iam_token", "IAM Certification failed"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer.

    `content` and `reasoning` may be tuples: the pieces in which a stream delivers them; a string is
    cut into `size` characters. `hold_at` makes a stream wait, once so many pieces are out, until the
    client hangs up. `error` is the body of a failed answer, sent with `status`; with `error_after` it
    comes inside a stream, after so many pieces. `plain_json` answers a stream with a JSON body.
    """

    content: str | tuple[str, ...] = ""
    reasoning: str | tuple[str, ...] = ""
    reasoning_field: str = "reasoning_content"
    tool_calls: tuple[tuple[str, str], ...] = ()
    finish_reason: str = "stop"
    size: int = 4
    per_chunk: int = 1
    flag: int | None = None
    ban_round: int | None = None
    search_results: tuple[dict[str, Any], ...] = ()
    choices: int = 1
    hold_at: int | None = None
    status: int = 200
    error: Mapping[str, Any] | None = None
    error_after: int | None = None
    plain_json: bool = False


@dataclass(slots=True)
class Request:
    """One request as the server got it; `sent` counts the pieces of a stream that went out."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    sent: int = 0
    hung_up: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def text(self) -> str:
        """All that reached the model, as one JSON text with characters unescaped."""
        return json.dumps(self.body, ensure_ascii=False)

    def wait(self) -> Request:
        """The request once the server has finished with it."""
        assert self.done.wait(HANG_UP_SECONDS), "the server is still busy with the request"
        return self


class FakeErnie:
    """The server; each request takes the next answer of the script, the last one repeats."""

    def __init__(
        self, *answers: Answer, flavour: Flavour = "fastdeploy", api_key: str = "", model: str = "ernie-4.5"
    ) -> None:
        self.answers = answers or (Answer("你好，我是文心一言。"),)
        self.flavour: Flavour = flavour
        self.api_key = api_key
        self.model = model
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"ernie": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        """The address for an OpenAI client, `/v1` or `/v2` included."""
        version = "v2" if self.flavour == "qianfan" else "v1"
        return f"http://127.0.0.1:{self._server.server_port}/{version}"

    def __enter__(self) -> FakeErnie:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, request: Request) -> Answer:
        """Records a request and hands out its answer."""
        with self._lock:
            self.requests.append(request)
            return self.answers[min(len(self.requests), len(self.answers)) - 1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ernie: FakeErnie

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the test output quiet."""

    def do_GET(self) -> None:
        models = {"object": "list", "data": [{"id": self.ernie.model, "object": "model", "created": CREATED}]}
        self._json(200, models)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.path, dict(self.headers), json.loads(raw or b"{}"))
        if self.ernie.api_key and self.headers.get("Authorization") != f"Bearer {self.ernie.api_key}":
            self._json(401, UNAUTHORIZED[self.ernie.flavour])
            return
        answer = self.ernie.take(request)
        try:
            self._answer(request, answer)
        except (BrokenPipeError, ConnectionResetError):
            request.hung_up = True
        finally:
            request.done.set()

    def _answer(self, request: Request, answer: Answer) -> None:
        model = str(request.body.get("model") or self.ernie.model)
        if answer.error is not None and answer.error_after is None:
            self._json(answer.status, answer.error)
        elif request.body.get("stream") and not answer.plain_json:
            usage = (request.body.get("stream_options") or {}).get(
                "include_usage", self.ernie.flavour == "fastdeploy"
            )
            self._stream(request, answer, list(_chunks(answer, model, self.ernie.flavour, usage)))
        else:
            self._json(answer.status, completion(answer, model, self.ernie.flavour))

    def _json(self, status: int, body: Mapping[str, Any]) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def _stream(self, request: Request, answer: Answer, chunks: list[dict[str, Any]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for chunk in chunks:
            self._event(json.dumps(chunk, ensure_ascii=False))
            request.sent += bool(chunk.get("choices"))
            if request.sent == answer.hold_at:
                request.hung_up = _hangs_up(self.connection)
                if request.hung_up:
                    return
        self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: str) -> None:
        line = f"data: {data} \n\n" if self.ernie.flavour == "fastdeploy" else f"data: {data}\n\n"
        raw = line.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
        self.wfile.flush()


def _hangs_up(connection: socket.socket) -> bool:
    """Waits until the client closes its end; `False` when it has not done so in good time."""
    readable, _, _ = select.select([connection], [], [], HANG_UP_SECONDS)
    try:
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except ConnectionResetError:
        return True


def completion(answer: Answer, model: str, flavour: Flavour) -> dict[str, Any]:
    """The body of an answer that does not stream."""
    body = {
        "id": _id(flavour),
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [_choice(answer, index, flavour) for index in range(answer.choices)],
        "usage": _usage(answer),
    }
    if answer.search_results:
        body["search_results"] = list(answer.search_results)
    return body


def _id(flavour: Flavour) -> str:
    return "as-fake0001" if flavour == "qianfan" else "chatcmpl-fake0001"


def _usage(answer: Answer) -> dict[str, Any]:
    length = len(_joined(answer.content)) + len(_joined(answer.reasoning))
    usage: dict[str, Any] = {"prompt_tokens": 7, "completion_tokens": length, "total_tokens": 7 + length}
    usage["completion_tokens_details"] = {"reasoning_tokens": len(_joined(answer.reasoning))}
    return usage


def _joined(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _choice(answer: Answer, index: int, flavour: Flavour) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": _joined(answer.content)}
    if flavour == "fastdeploy":
        message |= {"multimodal_content": None, "audio_content": None}
    if answer.reasoning:
        message[answer.reasoning_field] = _joined(answer.reasoning)
    if answer.tool_calls:
        message["tool_calls"] = [_tool_call(number, call) for number, call in enumerate(answer.tool_calls)]
    choice = {"index": index, "message": message, "finish_reason": answer.finish_reason}
    return choice | _safety(answer)


def _tool_call(number: int, call: tuple[str, str]) -> dict[str, Any]:
    name, arguments = call
    return {
        "id": f"call_{number}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _safety(answer: Answer) -> dict[str, Any]:
    marks = {"flag": answer.flag, "ban_round": answer.ban_round}
    return {name: value for name, value in marks.items() if value is not None}


def _chunks(answer: Answer, model: str, flavour: Flavour, usage: bool) -> Iterator[dict[str, Any]]:
    """The chunks of a stream, in order; an error inside it is the last of them."""
    started = time.monotonic()
    for number, deltas in enumerate(_batches(answer, flavour)):
        if answer.error is not None and number == answer.error_after:
            yield dict(answer.error)
            return
        yield {
            **_head(model, flavour),
            "choices": [
                {"index": 0, "delta": delta, **ending, **_arrival(flavour, started)}
                for delta, ending in deltas
            ],
        }
    if usage:
        yield {**_head(model, flavour), "choices": [], "usage": _usage(answer)}


def _head(model: str, flavour: Flavour) -> dict[str, Any]:
    return {"id": _id(flavour), "object": "chat.completion.chunk", "created": CREATED, "model": model}


def _arrival(flavour: Flavour, started: float) -> dict[str, float]:
    return {"arrival_time": time.monotonic() - started} if flavour == "fastdeploy" else {}


Delta = tuple[dict[str, Any], dict[str, Any]]


def _batches(answer: Answer, flavour: Flavour) -> Iterator[list[Delta]]:
    """The deltas of each chunk: FastDeploy opens with an empty one and may send several at once."""
    none: dict[str, Any] = {"finish_reason": None}
    if flavour == "fastdeploy":
        yield [({"role": "assistant", "content": "", answer.reasoning_field: ""}, none)]
    deltas = [(delta, none) for delta in _deltas(answer)]
    last: Delta = ({"content": ""}, {"finish_reason": answer.finish_reason} | _safety(answer))
    for start in range(0, len(deltas), answer.per_chunk):
        yield deltas[start : start + answer.per_chunk]
    yield [last]


def _deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    for piece in _pieces(answer.reasoning, answer.size):
        yield {"content": "", answer.reasoning_field: piece}
    for piece in _pieces(answer.content, answer.size):
        yield {"content": piece}
    for number, (name, arguments) in enumerate(answer.tool_calls):
        for cut, piece in enumerate(_pieces(arguments, answer.size)):
            function = {"name": name, "arguments": piece} if cut == 0 else {"arguments": piece}
            call = {"index": number, "function": function}
            if cut == 0:
                call |= {"id": f"call_{number}", "type": "function"}
            yield {"tool_calls": [call]}


def _pieces(text: str | tuple[str, ...], size: int) -> list[str]:
    if isinstance(text, tuple):
        return list(text)
    return [text[start : start + size] for start in range(0, len(text), size)]

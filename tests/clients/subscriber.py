"""A client of the protocol `graphql-transport-ws` over a WebSocket, without compression."""

import base64
import json
import os
import socket
import struct


class Subscriber:
    """A socket after `connection_ack`."""

    def __init__(self, port, token=None, address=None, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        extra = f"x-forwarded-for: {address}\r\n" if address else ""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /graphql HTTP/1.1\r\nhost: torg.example\r\nconnection: Upgrade\r\n"
                             f"upgrade: websocket\r\nsec-websocket-version: 13\r\n{extra}"
                             f"sec-websocket-protocol: graphql-transport-ws\r\n"
                             f"sec-websocket-key: {key}\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                break
            head += byte
        if not head.startswith(b"HTTP/1.1 101"):
            self.socket.close()
            raise OSError(head[:60].decode(errors="replace"))
        payload = {"Authorization": f"Bearer {token}"} if token else {}
        self.send({"type": "connection_init", "payload": payload})
        message = self.receive()
        if message.get("type") != "connection_ack":
            self.socket.close()
            raise OSError(str(message))

    def send(self, message):
        data = json.dumps(message).encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.socket.sendall(b"\x81" + length + bytes(4) + data)

    def subscribe(self, identifier, document, variables):
        self.send({"type": "subscribe", "id": identifier, "payload": {"query": document, "variables": variables}})

    def exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise OSError("the socket is closed")
            data += piece
        return data

    def frame(self):
        first, length = self.exactly(2)
        length &= 127
        if length == 126:
            length, = struct.unpack(">H", self.exactly(2))
        elif length == 127:
            length, = struct.unpack(">Q", self.exactly(8))
        return first & 15, self.exactly(length)

    def receive(self):
        """Returns the next message; answers pings of both protocols."""
        while True:
            kind, data = self.frame()
            if kind == 9:
                self.socket.sendall(bytes([0x8A, 0x80 | len(data)]) + bytes(4) + data)
            elif kind == 8:
                raise OSError(f"closed: {data!r}")
            elif kind == 1:
                message = json.loads(data)
                if message.get("type") != "ping":
                    return message
                self.send({"type": "pong"})

    def close(self):
        self.socket.close()

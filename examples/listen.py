"""Follows a chat live and prints what happens: python3 listen.py http://HOST:PORT/api/v1/ws TOKEN CHAT_ID [HOW_MANY_EVENTS]

A WebSocket client on Python's standard library alone, to show the frames; a real client takes a library for them.
"""
import base64
import json
import os
import socket
import struct
import sys
from urllib.parse import urlsplit


def connect(url, token):
    """The socket and a reader of it, behind the handshake."""
    parts = urlsplit(url)
    sock = socket.create_connection((parts.hostname, parts.port or 80))
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    reader = sock.makefile("rb")
    status = reader.readline().decode().strip()
    if " 101 " not in f"{status} ":
        sys.exit(f"the server did not open the WebSocket: {status}")
    while reader.readline().strip():
        pass
    return sock, reader


def send(sock, payload, opcode=1):
    """One frame of less than 64 KiB; what a client sends is masked."""
    mask = os.urandom(4)
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(payload))
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    sock.sendall(bytes([0x80 | opcode]) + length + mask + masked)


def frames(sock, reader):
    """What the server says, as JSON; its pings are answered here."""
    while head := reader.read(2):
        opcode, length = head[0] & 0x0F, head[1] & 0x7F
        if length >= 126:
            length = struct.unpack("!H" if length == 126 else "!Q", reader.read(2 if length == 126 else 8))[0]
        payload = reader.read(length)
        if opcode == 1:
            yield json.loads(payload)
        elif opcode == 8:
            code = struct.unpack("!H", payload[:2])[0] if payload else "none"
            sys.exit(f"the server closed the WebSocket with code {code}")
        elif opcode == 9:
            send(sock, payload, opcode=10)


def main(url, token, chat, wanted="0"):
    sock, reader = connect(url, token)
    send(sock, json.dumps({"type": "subscribe", "chat_id": chat}).encode())
    left = int(wanted) or -1
    for frame in frames(sock, reader):
        if frame["type"] == "ack":
            print("following", flush=True)
        elif frame["type"] == "error":
            sys.exit(f"the server refused: {frame['message']}")
        elif "data" in frame:
            data = frame["data"]
            print(f"{frame['type']}: {data.get('content') or data.get('title') or data['id']}", flush=True)
            left -= 1
            if left == 0:
                return


main(*sys.argv[1:])

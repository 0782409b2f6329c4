#!/usr/bin/env python3
"""Pushes a message to everybody in a room, from any server: push.py http://127.0.0.1:8080 TOKEN blue "hello"

The token needs the role webpubsub.sendToGroup, or webpubsub.sendToGroup.push_blue for this room alone.
"""
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

ATTEMPTS = 5


def push(gateway: str, token: str, room: str, text: str) -> None:
    group = urllib.parse.quote("push_" + room, safe="")
    for attempt in range(1, ATTEMPTS + 1):
        request = urllib.request.Request(
            f"{gateway.rstrip('/')}/api/hubs/chat/groups/{group}/:send",
            data=text.encode(),
            headers={"Authorization": "Bearer " + token, "Content-Type": "text/plain; charset=utf-8"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=10):
                return  # 202: Redis has taken it. Also when nobody is there.
        except urllib.error.HTTPError as refusal:
            # 503 promised nothing and says when to come back; every other status would be the same again.
            if refusal.code != 503 or attempt == ATTEMPTS:
                raise SystemExit(f"{refusal.code}: {refusal.read().decode().strip()}")
            time.sleep(float(refusal.headers.get("Retry-After", "1")))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: push.py GATEWAY TOKEN ROOM TEXT")

    push(*sys.argv[1:])

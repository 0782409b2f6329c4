"""A process of Django on a channel layer of channels_redis, told what to do by lines of JSON, and telling what it hears by lines of JSON."""
import asyncio
import json
import logging
import sys

layer_name, port, config = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
if layer_name == "Core":
    from channels_redis.core import RedisChannelLayer as Layer
else:
    from channels_redis.pubsub import RedisPubSubChannelLayer as Layer


class Dropped(logging.Handler):
    """Counts the sends that found a process full: the core layer says so in its log, and nowhere else."""

    count = 0

    def emit(self, record):
        self.count += 1


def say(what):
    print(json.dumps(what), flush=True)


async def listen(layer, channel):
    while True:
        message = await layer.receive(channel)
        message.pop("yarpws", None)  # Rooms mark theirs in the pub/sub layer; consumers pass over it.
        say({"channel": channel, "message": message})


async def main():
    dropped = Dropped()
    logging.getLogger("channels_redis").setLevel(logging.INFO)
    logging.getLogger("channels_redis").addHandler(dropped)
    layer = Layer(hosts=[f"redis://127.0.0.1:{port}/0"], **config)
    tasks = []
    channels = {}
    lines = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        group = command["group"]
        if command["do"] == "join":
            channels[group] = await layer.new_channel()
            await layer.group_add(group, channels[group])
            tasks.append(asyncio.create_task(listen(layer, channels[group])))
        elif command["do"] == "leave":
            await layer.group_discard(group, channels.pop(group))
        elif command["do"] == "send":
            for message in command["messages"]:
                await layer.group_send(group, message)
        elif command["do"] == "send at once":
            await asyncio.gather(*(layer.group_send(group, message) for message in command["messages"]))
        say({"done": command["do"], "dropped": dropped.count})


asyncio.run(main())

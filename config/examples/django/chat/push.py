import json

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def handle_push_stream(user, path):
    info = {"message": "plug flow success", "path": path}
    async_to_sync(get_channel_layer().group_send)(
        "push_" + user,
        {"type": "send_message", "event": json.dumps(info)},
    )
    return {"message": "success"}

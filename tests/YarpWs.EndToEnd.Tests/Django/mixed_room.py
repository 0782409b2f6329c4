"""A site whose people are in the same rooms: consumers that daphne serves, and a view that pushes."""
import json
import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of this test alone",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": os.environ["CHANNEL_LAYER"],
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]], "prefix": os.environ["CHANNELS_PREFIX"]},
        },
    },
)
django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.generic.websocket import WebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path, re_path  # noqa: E402


class Room(WebsocketConsumer):
    def connect(self):
        self.group = "push_" + self.scope["url_route"]["kwargs"]["room"]
        async_to_sync(self.channel_layer.group_add)(self.group, self.channel_name)
        self.accept()

    def receive(self, text_data):
        event = {"type": "send_message", "event": json.loads(text_data)["message"]}
        async_to_sync(self.channel_layer.group_send)(self.group, event)

    def send_message(self, event):
        self.send(event["event"])

    def disconnect(self, code):
        async_to_sync(self.channel_layer.group_discard)(self.group, self.channel_name)


async def push(request, room):
    await get_channel_layer().group_send("push_" + room, {"type": "send_message", "event": request.GET["text"]})
    return HttpResponse()


urlpatterns = [path("push/<slug:room>", push)]

application = ProtocolTypeRouter({
    "http": get_asgi_application(),
    "websocket": URLRouter([re_path(r"^ws/start/(?P<room>\w+)$", Room.as_asgi())]),
})

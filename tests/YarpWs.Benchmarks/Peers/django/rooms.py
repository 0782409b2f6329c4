"""Rooms as the tutorial of Django Channels builds them: a synchronous consumer that joins a group, sends to it and hears from it."""
import json

import django
from asgiref.sync import async_to_sync

django.setup()

from channels.generic.websocket import WebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402


class Room(WebsocketConsumer):
    def connect(self):
        self.group = "push_" + self.scope["url_route"]["kwargs"]["room"]
        async_to_sync(self.channel_layer.group_add)(self.group, self.channel_name)
        self.accept()

    def receive(self, text_data):
        message = json.loads(text_data)["message"]
        async_to_sync(self.channel_layer.group_send)(self.group, {"type": "heard", "message": message})

    def heard(self, event):
        self.send(text_data=event["message"])

    def disconnect(self, code):
        async_to_sync(self.channel_layer.group_discard)(self.group, self.channel_name)


application = ProtocolTypeRouter({
    "websocket": URLRouter([re_path(r"ws/start/(?P<room>\w+)", Room.as_asgi())]),
})

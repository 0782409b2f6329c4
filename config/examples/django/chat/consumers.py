"""What daphne serves, before the move and beside it. The rooms do the same without it."""
import json

from asgiref.sync import async_to_sync
from channels.generic.websocket import WebsocketConsumer


class PushStream(WebsocketConsumer):
    def connect(self):
        if not self.scope["user"].is_authenticated:
            self.close()
            return
        self.group = "push_" + self.scope["url_route"]["kwargs"]["room"]
        async_to_sync(self.channel_layer.group_add)(self.group, self.channel_name)
        self.accept()

    def receive(self, text_data=None, bytes_data=None):
        message = json.loads(text_data)["message"]
        async_to_sync(self.channel_layer.group_send)(self.group, {"type": "send_message", "event": message})

    def send_message(self, event):
        self.send(event["event"])

    def disconnect(self, code):
        if hasattr(self, "group"):
            async_to_sync(self.channel_layer.group_discard)(self.group, self.channel_name)

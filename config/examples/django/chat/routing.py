from django.urls import re_path

from chat.consumers import PushStream

websocket_urlpatterns = [
    re_path(r"^ws/start/(?P<room>\w+)$", PushStream.as_asgi()),
]

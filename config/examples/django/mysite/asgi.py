import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
django = get_asgi_application()

from chat.routing import websocket_urlpatterns  # noqa: E402 (it needs Django to be set up)

application = ProtocolTypeRouter({
    "http": django,
    "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
})

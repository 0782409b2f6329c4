from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from chat.push import handle_push_stream


def check(request):
    """Whose login it is, for the gateway; a role lets its user push over HTTP as well."""
    user = request.user
    if not user.is_authenticated:
        return HttpResponse("Log in first.\n", status=401, content_type="text/plain")
    roles = ["webpubsub.sendToGroup"] if user.is_staff else []
    return JsonResponse({"user": user.get_username(), "roles": roles, "since": user.last_login.timestamp()})


@login_required
def room(request, room):
    return render(request, "chat/room.html", {"room": room})


@login_required
@require_POST
def push(request):
    return JsonResponse(handle_push_stream(request.POST["user"], request.POST["path"]))

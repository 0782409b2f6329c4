from django.urls import include, path

from chat import views

urlpatterns = [
    path("accounts/", include("django.contrib.auth.urls")),
    path("rooms/<slug:room>/", views.room),
    path("push", views.push),
    path("auth/check", views.check),  # the one line that the gateway asks for
]

from django.urls import path

from .views import MessageList

urlpatterns = [path("api/rooms/<int:room>/messages/", MessageList.as_view())]

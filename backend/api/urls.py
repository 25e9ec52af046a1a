from django.urls import path, register_converter
from django.urls.converters import IntConverter
from drf_spectacular.views import SpectacularSwaggerView, SpectacularYAMLAPIView

from . import accounts, events, members, messages, rooms, search


class PkConverter(IntConverter):
    # A pk has at most 19 digits; what is longer names nothing, and would overflow the database.
    regex = "[0-9]{1,18}"


register_converter(PkConverter, "pk")

urlpatterns = [
    path("schema/", SpectacularYAMLAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("auth/register/", accounts.Register.as_view()),
    path("auth/token/", accounts.ObtainToken.as_view()),
    path("auth/token/refresh/", accounts.RefreshToken.as_view()),
    path("auth/token/verify/", accounts.VerifyToken.as_view()),
    path("auth/logout/", accounts.LogOut.as_view()),
    path("auth/logout-all/", accounts.LogOutAll.as_view()),
    path("auth/password/", accounts.ChangePassword.as_view()),
    path("auth/ticket/", accounts.IssueTicket.as_view()),
    path("me/", accounts.Me.as_view()),
    path("rooms/", rooms.RoomList.as_view()),
    path("rooms/<pk:room>/", rooms.RoomDetail.as_view()),
    path("rooms/<pk:room>/join/", rooms.Join.as_view()),
    path("rooms/<pk:room>/leave/", rooms.Leave.as_view()),
    path("rooms/<pk:room>/members/", members.MemberList.as_view()),
    path("rooms/<pk:room>/members/<pk:user>/", members.MemberDetail.as_view()),
    path("rooms/<pk:room>/read/", rooms.Read.as_view()),
    path("rooms/<pk:room>/online/", rooms.Online.as_view()),
    path("rooms/<pk:room>/messages/", messages.MessageList.as_view()),
    path("rooms/<pk:room>/events/", events.EventList.as_view()),
    path("messages/<pk:message>/", messages.MessageDetail.as_view()),
    path("messages/<pk:message>/reactions/<str:emoji>/", messages.ReactionDetail.as_view()),
    path("direct/", rooms.Direct.as_view()),
    path("users/", search.UserList.as_view()),
    path("search/messages/", search.MessageSearch.as_view()),
    path("sync/", events.Sync.as_view()),
]

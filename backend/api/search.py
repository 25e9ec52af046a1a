"""Finding people and messages."""

from backend.chat import accounts, limits, search
from backend.contract import answers, requests, shapes

from .base import View, endpoint
from .pages import paginate


class UserList(View):
    @endpoint(query=requests.UserPageQuery, answers={200: answers.UserPage}, limit=limits.SEARCHES)
    def get(self, query: requests.UserPageQuery) -> answers.UserPage:
        """People whose username or display name begins like `search`."""
        page = paginate(
            accounts.search(beginning=query.search),
            by=("username_key", "pk"),
            query=query,
            request=self.request,
        )
        return answers.UserPage(page.next, page.previous, [shapes.User.of(u) for u in page.rows])


class MessageSearch(View):
    @endpoint(query=requests.SearchQuery, answers={200: answers.MessagePage}, limit=limits.SEARCHES)
    def get(self, query: requests.SearchQuery) -> answers.MessagePage:
        """Messages with all these words in rooms the caller may read, best first."""
        page = paginate(
            search.messages(reader=self.user, query=query.q, room=query.room),
            by=("-rank", "-pk"),
            query=query,
            request=self.request,
        )
        found = [shapes.Message.of(message) for message in page.rows]
        return answers.MessagePage(page.next, page.previous, found)

"""How the cost of one thing changes while there is more of another."""

import math
from dataclasses import dataclass

from ..cases import DELIVERY_COST, MESSAGE_COST, ROOMS, STORED_MESSAGES, SUBSCRIBERS, Figure
from ..results import Range, Results


@dataclass(frozen=True)
class Series:
    title: str
    of: str
    key: str
    sizes: list[int]
    figure: Figure

    @property
    def picture(self) -> str:
        return f"growth-{self.key}"

    def points(self, results: Results) -> list[tuple[int, Range]]:
        found = [
            (size, results.figure(f"g.{self.key}.{size}", "parley", self.figure))
            for size in self.sizes
        ]
        return [(size, value) for size, value in found if value]

    def slope(self, results: Results) -> float | None:
        """The exponent b of cost = a·nᵇ, by least squares: 0 is flat, 1 is proportional."""
        points = [(math.log(n), math.log(cost.median)) for n, cost in self.points(results)]
        if len(points) < 2:
            return None
        mean_x = sum(x for x, _ in points) / len(points)
        mean_y = sum(y for _, y in points) / len(points)
        across = sum((x - mean_x) ** 2 for x, _ in points)
        return sum((x - mean_x) * (y - mean_y) for x, y in points) / across


SERIES = [
    Series(
        "Cost per delivery", "subscribers of one room", "subscribers", SUBSCRIBERS, DELIVERY_COST
    ),
    Series("Cost per message", "rooms with a sender each", "rooms", ROOMS, MESSAGE_COST),
    Series("Cost per message", "messages stored", "messages", STORED_MESSAGES, MESSAGE_COST),
]

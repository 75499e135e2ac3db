"""The sabotages: what one changed line of the product would break, and who must notice."""

from __future__ import annotations

from tests.crash.sabotage import Sabotage
from tests.crash.sabotages_driver import DRIVER
from tests.crash.sabotages_kernel import KERNEL
from tests.crash.sabotages_store import STORE

__all__ = ["SABOTAGES", "Sabotage"]

SABOTAGES: tuple[Sabotage, ...] = (*KERNEL, *STORE, *DRIVER)

"""Runs stories one after the other and prints what each told, or raised, as one line of JSON."""

import json
import os
import traceback

BASE_URL = os.environ["APILINK_BASE_URL"]
ORIGIN = os.environ["APILINK_ORIGIN"]
API_KEY = os.environ["APILINK_API_KEY"]
EMPTY_KEY = os.environ["APILINK_EMPTY_KEY"]


def tell(stories):
    told = {}
    for story in stories:
        try:
            told[story.__name__] = {"value": story()}
        except Exception as error:  # the test tells a failed story from a told one
            told[story.__name__] = {"error": f"{error!r}\n{traceback.format_exc()}"}
    print("\n" + json.dumps(told))


def raised(call):
    """What a call raises, as far as programs look at it."""
    try:
        call()
        return "nothing"
    except Exception as error:
        status = getattr(error, "status_code", None)
        return {"class": type(error).__name__, "status": status, "code": getattr(error, "code", None)}

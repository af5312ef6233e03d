"""A page in which every text of others is hostile."""

from mta_lab.web.model.page import Page

HOSTILE = (
    "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=2>"
    "<!--<svg onload=window.hacked=3> ${window.hacked=4} \"'&lt; __proto__ javascript:hacked"
)


def hostile(page: Page) -> Page:
    """The same page, with that in the places of names, subjects, reasons and file names."""
    bad = {"text": HOSTILE}
    return page.model_copy(
        update={
            "title": HOSTILE,
            "topology": HOSTILE,
            "capture": HOSTILE,
            "notes": (HOSTILE,),
            "differences": (HOSTILE,),
            "columns": tuple(
                column.model_copy(update={"name": HOSTILE, "addresses": (HOSTILE,)})
                for column in page.columns
            ),
            "calls": tuple(
                call.model_copy(
                    update={"reason": HOSTILE, "configured": HOSTILE, "filter": HOSTILE}
                )
                for call in page.calls
            ),
            "arrows": tuple(
                arrow.model_copy(
                    update={
                        **bad,
                        "name": HOSTILE,
                        "source": HOSTILE,
                        "layers": tuple(
                            layer.model_copy(
                                update={
                                    "summary": HOSTILE,
                                    "parameters": {HOSTILE: HOSTILE, "list": [HOSTILE, {}]},
                                }
                            )
                            for layer in arrow.layers
                        ),
                    }
                )
                for arrow in page.arrows
            ),
            "said": tuple(
                said.model_copy(update={**bad, "host": HOSTILE, "reason": HOSTILE})
                for said in page.said
            ),
            "queues": tuple(
                queue.model_copy(update={"host": HOSTILE, "connector": HOSTILE})
                for queue in page.queues
            ),
            "played": tuple(step.model_copy(update=bad) for step in page.played),
        }
    )

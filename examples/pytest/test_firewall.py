"""The mail that must pass our firewall."""


def test_transparency_keeps_mail_outside(x400_lab):
    lab = x400_lab("q196381")
    lab.send("EXTERNAL", "INTERNAL", count=5)
    assert lab.flow("EXTERNAL", "INTERNAL").delivered == 0
    assert lab.events("INTERNAL") == [1293]
    assert lab.predict().flow("EXTERNAL", "INTERNAL").disposition == "collected"


def test_without_transparency_mail_comes_in(x400_lab):
    lab = x400_lab("q196381", set={"firewall.transparency": False})
    lab.send("EXTERNAL", "INTERNAL", count=5)
    assert lab.flow("EXTERNAL", "INTERNAL").delivered == 5


async def test_the_change_needs_no_restart(x400_lab):
    async with x400_lab.aio("q196381") as lab:
        await lab.set({"firewall.transparency": False})
        await lab.send("EXTERNAL", "INTERNAL")
        assert lab.flow("EXTERNAL", "INTERNAL").delivered == 1

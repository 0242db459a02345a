"""The tables of sales that people maintain: halls, ticket types, prices."""

from __future__ import annotations

from collections.abc import Iterator

from venue_plugins.sales.tables import HallRow, PriceListRow, PriceRow, TicketTypeRow
from venue_suite.identity.permissions import Permission
from venue_suite.resources.declaration import (
    NEVER,
    Draft,
    FieldRefusal,
    Removal,
    Resource,
    Rights,
)
from venue_suite.resources.fields import (
    CHOICES,
    LOCALIZED,
    MONEY,
    NUMBER,
    REFERENCE,
    TEXT,
    Choice,
    Field,
)

SEE, EDIT = "sales.see_catalogue", "sales.edit_catalogue"
PERMISSIONS = (
    Permission(SEE, "look at halls, ticket types and prices", ("cashier",)),
    Permission(EDIT, "maintain halls, ticket types and prices"),
)
_EVERYTHING = Rights(view=SEE, create=EDIT, change=EDIT, remove=EDIT)
PRICE_MINOR_MAX = 100_000_000

_USERS = {
    "sales_plan": {"zh": "座位图", "en": "seat plans"},
    "sales_performance": {"zh": "场次", "en": "performances"},
    "sales_price": {"zh": "票价", "en": "prices"},
    "sales_line": {"zh": "订单", "en": "orders"},
}

HALLS = Resource(
    name="halls",
    label={"zh": "厅", "en": "Halls"},
    label_one={"zh": "厅", "en": "Hall"},
    about={
        "zh": "演出、展览和活动的场地。",
        "en": "Rooms, rinks and exhibitions that performances take place in.",
    },
    row=HallRow,
    fields=(
        Field(
            name="code",
            kind=TEXT,
            label={"zh": "代号", "en": "Code"},
            help={
                "zh": "导入文件和报表用它指认，建好后不能再改。",
                "en": "Files and reports know the hall by it; it can't be changed afterwards.",
            },
            required=True,
            fixed=True,
            in_list=True,
            searchable=True,
            length_max=32,
            pattern=r"[a-z0-9][a-z0-9_-]*",
            pattern_help={
                "zh": "小写字母、数字、- 和 _",
                "en": "small letters, digits, - and _",
            },
        ),
        Field(
            name="name",
            kind=LOCALIZED,
            label={"zh": "名称", "en": "Name"},
            required=True,
            in_list=True,
            searchable=True,
            length_max=40,
        ),
    ),
    key=("code",),
    title=("name",),
    rights=_EVERYTHING,
    removal=Removal(users=_USERS),
    icon="hall",
)

TICKET_TYPES = Resource(
    name="ticket_types",
    label={"zh": "票类", "en": "Ticket types"},
    label_one={"zh": "票类", "en": "Ticket type"},
    about={
        "zh": "成人、儿童、学生……售票窗口按字母选择。",
        "en": "Adult, child, student ... a cashier types their letter.",
    },
    row=TicketTypeRow,
    fields=(
        Field(
            name="name",
            kind=LOCALIZED,
            label={"zh": "名称", "en": "Name"},
            section={"zh": "这是什么票", "en": "What it is"},
            required=True,
            in_list=True,
            searchable=True,
            length_max=20,
        ),
        Field(
            name="code",
            kind=TEXT,
            label={"zh": "窗口字母", "en": "Letter at the counter"},
            help={
                "zh": "一个小写字母。优惠规则也用它，建好后不能再改。",
                "en": "One small letter. Promotions use it too, so it stays as it is.",
            },
            required=True,
            fixed=True,
            in_list=True,
            searchable=True,
            length_max=1,
            pattern=r"[a-z]",
            pattern_help={"zh": "一个小写字母 a 到 z", "en": "one small letter, a to z"},
        ),
        Field(
            name="key",
            kind=TEXT,
            label={"zh": "账目名", "en": "Name in the books"},
            help={
                "zh": "财务账的科目用它，建好后不能再改。",
                "en": "Accounts of the ledger are called by it, so it stays as it is.",
            },
            required=True,
            unique=True,
            fixed=True,
            length_max=32,
            pattern=r"[a-z][a-z0-9_]*",
            pattern_help={
                "zh": "小写字母、数字和 _，以字母开头",
                "en": "small letters, digits and _, a letter first",
            },
        ),
        Field(
            name="note",
            kind=LOCALIZED,
            label={"zh": "说明", "en": "Note"},
            section={"zh": "怎样出售", "en": "How it is sold"},
            help={
                "zh": "自助机上显示在名称下方，例如“1.2 至 1.5 米”。",
                "en": "Stands below the name at the kiosk, for example “1.2 to 1.5 m”.",
            },
            in_list=True,
            searchable=True,
            length_max=60,
        ),
        Field(
            name="kinds",
            kind=CHOICES,
            label={"zh": "可坐的座位", "en": "Seats it is for"},
            help={"zh": "都不选表示任何座位。", "en": "None chosen means any seat."},
            choices=(
                Choice("seat", {"zh": "普通座", "en": "ordinary seat"}),
                Choice("wheelchair", {"zh": "轮椅位", "en": "wheelchair place"}),
                Choice("companion", {"zh": "陪同座", "en": "companion seat"}),
            ),
        ),
        Field(
            name="position",
            kind=NUMBER,
            label={"zh": "次序", "en": "Place in lists"},
            help={
                "zh": "数字小的排在前面；最小的是默认票类。",
                "en": "Small numbers come first; the smallest is the one that is offered first.",
            },
            required=True,
            default=100,
            minimum=0,
            maximum=9999,
            in_list=True,
        ),
    ),
    key=("code",),
    title=("name",),
    rights=_EVERYTHING,
    removal=Removal(users=_USERS),
    sort="position",
    icon="ticket",
)

PRICE_LISTS = Resource(
    name="price_lists",
    label={"zh": "价目表", "en": "Price lists"},
    label_one={"zh": "价目表", "en": "Price list"},
    about={
        "zh": "每一种演出在一个厅里的价目；票价在“票价”中修改。",
        "en": "One for each kind of performance in a hall; the amounts are in “Prices”.",
    },
    row=PriceListRow,
    fields=(
        Field(
            name="code",
            kind=TEXT,
            label={"zh": "代号", "en": "Code"},
            required=True,
            read_only=True,
            in_list=True,
            searchable=True,
        ),
    ),
    key=("code",),
    rights=Rights(view=SEE),
    removal=Removal(how=NEVER),
    icon="list",
)


def check_tier(draft: Draft) -> Iterator[FieldRefusal]:
    """A price stands in a tier of its price list."""
    codes = [tier["code"] for tier in draft.references["price_list"].tiers]
    if draft.values["tier"] not in codes:
        yield FieldRefusal(
            "tier",
            code="no_such_tier",
            template="This price list has the tiers {tiers}.",
            params={"tiers": ", ".join(codes)},
        )


PRICES = Resource(
    name="prices",
    label={"zh": "票价", "en": "Prices"},
    label_one={"zh": "票价", "en": "Price"},
    about={
        "zh": "一种票在价目表的一个等级里的价格。改动立即生效，已下的订单保持原价。",
        "en": "What a ticket type costs in one tier. A change counts at once; orders that are "
        "placed keep their price.",
    },
    row=PriceRow,
    fields=(
        Field(
            name="price_list",
            kind=REFERENCE,
            reference="sales/price_lists",
            label={"zh": "价目表", "en": "Price list"},
            required=True,
            fixed=True,
            in_list=True,
        ),
        Field(
            name="ticket_type",
            kind=REFERENCE,
            reference="sales/ticket_types",
            label={"zh": "票类", "en": "Ticket type"},
            required=True,
            fixed=True,
            in_list=True,
        ),
        Field(
            name="tier",
            kind=TEXT,
            label={"zh": "等级", "en": "Tier"},
            help={
                "zh": "价目表里的等级代号；不分等级时是 open。",
                "en": "Its code in the price list; “open” where there are none.",
            },
            required=True,
            fixed=True,
            in_list=True,
            searchable=True,
            length_max=32,
        ),
        Field(
            name="price_minor",
            kind=MONEY,
            label={"zh": "价格", "en": "Price"},
            help={"zh": "含税。", "en": "Tax included."},
            required=True,
            minimum=0,
            maximum=PRICE_MINOR_MAX,
            in_list=True,
        ),
    ),
    key=("price_list", "ticket_type", "tier"),
    rights=_EVERYTHING,
    rules=(check_tier,),
    icon="price",
)

RESOURCES = (TICKET_TYPES, PRICES, PRICE_LISTS, HALLS)

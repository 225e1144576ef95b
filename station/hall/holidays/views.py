"""The holiday table's pages at the publishing desk: the years, and one year's notice as a form."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.calendar.holidays import HolidayYear
from catalog_cache.calendar.workdays import WorkCalendar
from station import web
from station.cases.clocks import local_day
from station.hall.holidays import city, forms, service
from station.hall.holidays.errors import YearRefused
from station.hall.publishing import arrivals, base
from station.hall.publishing.desk import Desk
from station.hall.publishing.pages import DESK
from station.web import FieldErrors, requires

bp = Blueprint("holidays", __name__, template_folder="templates", url_prefix="/publishing/holidays")
Answer = str | Response | tuple[str, int]
YEAR_MIN, YEAR_MAX = 2025, 2099


@bp.get("/")
@requires(*DESK)
def show_years() -> str:
    """Which years are announced, by whom, and which are to be entered."""
    desk, today = _desk(), local_day(web.now())
    own = _own(desk)
    standings = service.standings(desk.metadata_dir, today, own)
    return render_template(
        "holidays/list.html",
        standings=standings,
        coming=_coming(desk),
        is_base_waiting=base.is_waiting(),
        drafted={one.year: one.notice for one in standings if one.publisher != "city"},
        decided={one.year for one in standings if one.publisher == "city" and one.state == "announced"},
        calendar=WorkCalendar(own.values()) if own is not None else web.node().catalog.calendar(),
        today=today,
        spoken=service.spoken_holiday,
    )


@bp.get("/<int:year>")
@requires(*DESK)
def show_year(year: int) -> str:
    """One year's notice as a form."""
    _require_year(year)
    notice, seen = service.opened(_desk().metadata_dir, year, _own(_desk()))
    return _year_page(year, forms.values_of(notice) | {"seen": seen}, FieldErrors())


@bp.post("/<int:year>")
@requires(*DESK)
def save_year(year: int) -> Answer:
    """Keep the notice, or show at each field what does not fit."""
    _require_year(year)
    metadata_dir, errors = _desk().metadata_dir, FieldErrors()
    service.require_free(metadata_dir, year)
    notice = forms.read_form(year, request.form, errors)
    if notice is None:
        return _year_page(year, {**request.form}, errors), 422
    seen, by = request.form.get("seen", ""), web.account().name
    service.save(notice, seen, metadata_dir, by=by, now=web.now(), own=_own(_desk()))
    flash(gettext("已保存 %(year)d 年的放假安排，送审、签发后各站生效。", year=year))
    return redirect(url_for("holidays.show_years"))


@bp.post("/<int:year>/adopt")
@requires(*DESK)
def adopt(year: int) -> Response:
    """Take a year as the city announced it into this county's draft."""
    desk = _desk()
    notice = next((one for one in _coming(desk) if one.year == year), None)
    if notice is None:
        raise YearRefused(f"市级没有新公布 {year} 年的放假安排。")
    service.adopt(notice, desk.metadata_dir, by=web.account().name, now=web.now())
    flash(gettext("已采用市级公布的 %(year)d 年放假安排，送审、签发后各站生效。", year=year))
    return redirect(url_for("holidays.show_years"))


@bp.post("/<int:year>/take-back")
@requires(*DESK)
def take_back(year: int) -> Response:
    """Undo what is not published."""
    service.take_back(year, by=web.account().name, now=web.now())
    flash(gettext("已撤销 %(year)d 年未发布的改动。", year=year))
    return redirect(url_for("holidays.show_years"))


def _desk() -> Desk:
    return Desk.of(web.node())


def _own(desk: Desk) -> dict[int, HolidayYear] | None:
    """What a city announced itself; None at a county, where the city stands above."""
    return city.in_force(desk.city) if desk.is_city else None


def _coming(desk: Desk) -> list[HolidayYear]:
    """What waits at a county of the city's table."""
    news = None if desk.is_city else arrivals.waiting(desk.repository)
    return city.coming(news.files, service.city_table(desk.metadata_dir)) if news else []


def _require_year(year: int) -> None:
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise YearRefused(f"年份应在 {YEAR_MIN} 到 {YEAR_MAX} 之间。")


def _year_page(year: int, values: dict[str, str], errors: FieldErrors) -> str:
    return render_template(
        "holidays/year.html", year=year, values=values, errors=errors, lines=range(forms.LINES_MAX)
    )

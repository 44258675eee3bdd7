// SPDX-License-Identifier: Apache-2.0
/*
 * The readings, drawn.
 * Should: show at a glance how need met the limit, and what was done on the way.
 * Must not: trust a number: the report is a file.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/governor/page.h"
#include "runtime/governor/report_read.h"

#define LEFT   58 /* "1023.9M" */
#define RIGHT  46 /* "100 %" */
#define TOP    20
#define BOTTOM 30

struct chart {
	const struct json *report;
	struct text *page;
	int width, height;
	double began, ended; /* seconds */
	double most;	     /* bytes */
};

static double x_of(const struct chart *chart, double seconds)
{
	double share = (seconds - chart->began) / (chart->ended - chart->began);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return LEFT + share * (chart->width - LEFT - RIGHT);
}

static double y_of(const struct chart *chart, double bytes)
{
	double share = bytes / chart->most;

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return chart->height - BOTTOM - share * (chart->height - TOP - BOTTOM);
}

static void grow(double *most, double value)
{
	*most = value > *most ? value : *most;
}

/* False if there is no span of time to draw. */
static bool measure(struct chart *chart)
{
	const struct json *reading = report_first(chart->report, "readings");
	const struct json *moment = report_first(chart->report, "timeline");
	size_t count = 0;

	if (reading == NULL)
		return false;
	chart->began = chart->ended = report_double(reading, "seconds");
	for (; reading != NULL; reading = reading->next, count++) {
		grow(&chart->ended, report_double(reading, "seconds"));
		grow(&chart->most, report_double(reading, "current"));
		grow(&chart->most, report_double(reading, "need"));
		grow(&chart->most, report_double(reading, "limit"));
	}
	for (; moment != NULL; moment = moment->next)
		grow(&chart->ended, report_double(moment, "seconds"));
	chart->most *= 1.06;
	return count >= 2 && chart->ended > chart->began && chart->most > 0;
}

/* When the first rung fired; 0 if none did. */
static double first_rung(const struct json *report)
{
	const struct json *moment = report_first(report, "timeline");

	for (; moment != NULL; moment = moment->next) {
		const char *event = report_string(moment, "event");

		if (event != NULL && strcmp(event, "fired") == 0)
			return report_double(moment, "seconds");
	}
	return 0;
}

/* From a little before the first rung on. False if that is most of it anyway, or shows nothing. */
static bool come_closer(struct chart *chart)
{
	double fired = first_rung(chart->report);
	double span = chart->ended - fired;
	const struct json *reading = report_first(chart->report, "readings");
	size_t count = 0;

	if (fired <= 0 || span <= 0 || span > (chart->ended - chart->began) / 3)
		return false;
	chart->began = fired - span * 0.15;
	for (; reading != NULL; reading = reading->next)
		count += report_double(reading, "seconds") >= chart->began;
	return count >= 3;
}

/* ---- axes ---- */

/* 1, 2 or 5 times a power of ten: about `lines` of them in the span. */
static double step_of(double span, int lines)
{
	double rough = span / lines;
	double power = pow(10, floor(log10(rough)));
	double digit = rough / power;

	return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
}

static void add_bytes_axis(const struct chart *chart)
{
	char size[TEXT_SIZE_ROOM];
	double unit = 1;
	double step;
	double at;

	while (chart->most / unit >= 1024)
		unit *= 1024;
	step = step_of(chart->most / unit, 5) * unit;
	for (at = 0; at < chart->most; at += step) {
		double y = y_of(chart, at);

		text_addf(chart->page,
			  "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
			  "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
			  LEFT, chart->width - RIGHT, y, y, LEFT - 8, y + 4,
			  text_size((unsigned long long) at, size));
	}
}

static void add_time_axis(const struct chart *chart)
{
	double step = step_of(chart->ended - chart->began, chart->width / 90);
	double at = ceil(chart->began / step) * step;
	int digits = step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0;

	for (; at <= chart->ended; at += step)
		text_addf(chart->page,
			  "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.*f s</text>",
			  x_of(chart, at), chart->height - 8, digits, at);
}

/* ---- lines ---- */

/* The last reading before what is shown, or the first. */
static const struct json *first_shown(const struct chart *chart)
{
	const struct json *reading = report_first(chart->report, "readings");

	while (reading->next != NULL && report_double(reading->next, "seconds") <= chart->began)
		reading = reading->next;
	return reading;
}

static void add_points(const struct chart *chart, const char *key)
{
	const struct json *reading;

	for (reading = first_shown(chart); reading != NULL; reading = reading->next)
		text_addf(chart->page, " %.1f,%.1f", x_of(chart, report_double(reading, "seconds")),
			  y_of(chart, report_double(reading, key)));
}

static void add_area(const struct chart *chart)
{
	const struct json *first = first_shown(chart);
	const struct json *last = first;
	double floor_y = y_of(chart, 0);

	while (last->next != NULL)
		last = last->next;
	text_addf(chart->page, "<polygon class=\"use\" points=\"%.1f,%.1f",
		  x_of(chart, report_double(first, "seconds")), floor_y);
	add_points(chart, "current");
	text_addf(chart->page, " %.1f,%.1f\"/>", x_of(chart, report_double(last, "seconds")),
		  floor_y);
}

/* The limit holds until it changes: steps. */
static void add_limit(const struct chart *chart)
{
	const struct json *reading = first_shown(chart);
	double y = y_of(chart, report_double(reading, "limit"));

	text_addf(chart->page, "<polyline class=\"limit\" points=\"%d,%.1f", LEFT, y);
	for (; reading != NULL; reading = reading->next) {
		double x = x_of(chart, report_double(reading, "seconds"));

		text_addf(chart->page, " %.1f,%.1f", x, y);
		y = y_of(chart, report_double(reading, "limit"));
		text_addf(chart->page, " %.1f,%.1f", x, y);
	}
	text_addf(chart->page,
		  " %d,%.1f\"/><text class=\"limitname\" x=\"%d\" y=\"%.1f\">limit</text>",
		  chart->width - RIGHT, y, chart->width - RIGHT + 6, y + 4);
}

static void add_rungs(const struct chart *chart)
{
	double limit = report_double(first_shown(chart), "limit");
	const struct json *rung = report_first(chart->report, "ladder");
	double last_y = y_of(chart, limit);

	for (; rung != NULL; rung = rung->next) {
		double y = y_of(chart, report_double(rung, "bytes"));

		if (report_number(rung, "bytes") == 0)
			continue;
		text_addf(chart->page,
			  "<line class=\"rung\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
			  LEFT, chart->width - RIGHT, y, y);
		/* Names that would stand on each other are left out. */
		if (fabs(y - last_y) >= 12)
			text_addf(chart->page,
				  "<text class=\"rungname\" x=\"%d\" y=\"%.1f\">%llu %%</text>",
				  chart->width - RIGHT + 6, y + 4,
				  (unsigned long long) report_number(rung, "rung"));
		last_y = fabs(y - last_y) >= 12 ? y : last_y;
	}
}

/* ---- what happened ---- */

static const struct {
	const char *event, *style;
} marks[] = {
	{ "fired", "act" },	  { "passed", "act" },	  { "stop", "stop" },
	{ "grace-over", "stop" }, { "oom-kill", "kill" }, { "killed", "kill" },
	{ "unkillable", "kill" }, { "braked", "stop" },
};

static const char *style_of(const struct json *moment)
{
	const char *event = report_string(moment, "event");
	size_t i;

	for (i = 0; event != NULL && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(marks[i].event, event) == 0)
			return marks[i].style;
	return NULL;
}

static void add_mark(const struct chart *chart, const struct json *moment, const char *style)
{
	double x = x_of(chart, report_double(moment, "seconds"));
	const char *note = report_string(moment, "note");

	text_addf(chart->page,
		  "<g class=\"%s\"><line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
		  "y2=\"%d\"/><path d=\"M%.1f %d l5 -9 l-10 0 z\"/><title>%.3f s ",
		  style, x, x, TOP - 2, chart->height - BOTTOM, x, TOP,
		  report_double(moment, "seconds"));
	if (report_number(moment, "rung") > 0)
		text_addf(chart->page, "%llu %% ",
			  (unsigned long long) report_number(moment, "rung"));
	page_add(chart->page, report_string(moment, "event"));
	text_add(chart->page, note != NULL ? " " : "");
	page_add(chart->page, note != NULL ? note : "");
	text_add(chart->page, "</title></g>");
}

/* The gravest last: it is on top. */
static void add_marks(const struct chart *chart, bool kills)
{
	const struct json *moment = report_first(chart->report, "timeline");

	for (; moment != NULL; moment = moment->next) {
		const char *style = style_of(moment);

		if (style != NULL && report_double(moment, "seconds") >= chart->began &&
		    (strcmp(style, "kill") == 0) == kills)
			add_mark(chart, moment, style);
	}
}

void page_chart(const struct json *report, const struct page_shape *shape, struct text *page)
{
	struct chart chart = {
		.report = report, .page = page, .width = shape->width, .height = shape->height
	};

	if (!measure(&chart) || (shape->closer && !come_closer(&chart)))
		return;
	text_addf(page,
		  "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"need, use and limit over "
		  "time\">",
		  chart.width, chart.height);
	add_bytes_axis(&chart);
	add_time_axis(&chart);
	add_area(&chart);
	add_rungs(&chart);
	add_marks(&chart, false);
	add_limit(&chart);
	text_add(page, "<polyline class=\"need\" points=\"");
	add_points(&chart, "need");
	text_add(page, "\"/>");
	add_marks(&chart, true);
	text_add(page, "</svg>");
}

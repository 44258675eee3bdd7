// SPDX-License-Identifier: Apache-2.0
/* The page: nothing that a container chose becomes markup, and a broken report is drawn as far as it goes. */
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/governor/page.h"
#include "tests/unit/unit.h"

static void write_page(const char *json, struct text *page)
{
	auto_arena struct arena arena = { 0 };
	const struct json *report = NULL;
	struct err err = { 0 };

	CHECK(json_parse(&arena, json, strlen(json), &report, &err) == 0);
	page_write(report, page);
	CHECK(text_ok(page));
	CHECK(text_ends(text_string(page), "</html>\n"));
}

TEST(every_sign_of_markup_is_escaped)
{
	auto_text struct text text = { 0 };

	page_add(&text, "a<b>&\"'\x1b\n");
	page_add(&text, NULL);
	CHECK_STRING(text_string(&text), "a&lt;b&gt;&amp;&quot;&#39;??");
}

#define EVIL "<script>&\\\"'x"

TEST(no_name_becomes_markup)
{
	static const char report[] =
		"{\"id\":\"" EVIL "\",\"verdict\":\"" EVIL "\",\"headline\":\"" EVIL
		"\",\"advice\":\"" EVIL "\",\"cgroup\":\"" EVIL "\",\"limit_hit_of\":\"" EVIL
		"\",\"limit\":{\"bytes\":100,\"holder\":\"" EVIL "\"},\"victims_seen_by\":\"" EVIL
		"\",\"causes\":[{\"text\":\"" EVIL "\"}],\"suggested_limit\":{\"why\":\"" EVIL
		"\"},\"victims\":[{\"comm\":\"" EVIL "\",\"why\":\"" EVIL
		"\"}],\"prediction\":{\"candidates\":[{\"comm\":\"" EVIL "\",\"cmdline\":\"" EVIL
		"\"}]},\"timeline\":[{\"seconds\":1.0,\"event\":\"fired\",\"note\":\"" EVIL
		"\"},{\"seconds\":2.0,\"event\":\"" EVIL "\",\"trigger\":\"" EVIL
		"\"}],\"alignment\":{\"variables\":[{\"name\":\"" EVIL "\",\"value\":\"" EVIL
		"\",\"note\":\"" EVIL "\"}],\"nothing\":\"" EVIL
		"\"},\"times\":{\"ended\":\"" EVIL EVIL
		"\"},\"readings\":[{\"seconds\":0.0,\"need\":1,\"current\":2,\"limit\":100},"
		"{\"seconds\":3.0,\"need\":50,\"current\":60,\"limit\":100}]}";
	auto_text struct text page = { 0 };

	write_page(report, &page);
	CHECK(strstr(text_string(&page), "<script") == NULL);
	CHECK(strstr(text_string(&page), "&lt;script&gt;&amp;&quot;&#39;x") != NULL);
	CHECK(strstr(text_string(&page), "<svg ") != NULL);
	/* nothing is loaded, nothing runs */
	CHECK(strstr(text_string(&page), "default-src 'none'") != NULL);
	CHECK(strstr(text_string(&page), "src=") == NULL);
	CHECK(strstr(text_string(&page), "href=") == NULL);
	CHECK(strstr(text_string(&page), "url(") == NULL);
}

TEST(a_broken_report_is_drawn_as_far_as_it_goes)
{
	static const char *const reports[] = {
		"{}",
		"[]",
		"{\"readings\":[1,2]}",
		"{\"readings\":[{\"seconds\":0.0},{\"seconds\":1e300}],\"timeline\":[null]}",
		"{\"readings\":[{\"seconds\":1,\"limit\":18446744073709551615},{\"seconds\":2}]}",
		"{\"victims\":[7],\"ladder\":[{}],\"prediction\":{\"candidates\":[[]]}}",
	};
	size_t i;

	for (i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		auto_text struct text page = { 0 };

		write_page(reports[i], &page);
		CHECK(strstr(text_string(&page), "nan") == NULL);
		CHECK(strstr(text_string(&page), "inf") == NULL);
	}
}

UNIT_MAIN(UNIT_TEST(every_sign_of_markup_is_escaped), UNIT_TEST(no_name_becomes_markup),
	  UNIT_TEST(a_broken_report_is_drawn_as_far_as_it_goes))

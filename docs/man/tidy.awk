# SPDX-License-Identifier: Apache-2.0
# scdoc(1) begins paragraphs where none can be: mandoc -T lint complains of each. They are left out.
function flush() {
	if (held != "")
		print held
	held = ""
}
/^\.PP?$/ {
	held = after_heading ? "" : $0
	next
}
/^\.(SH|SS|RS|RE)/ { held = "" }
{
	flush()
	print
	after_heading = /^\.(SH|SS)/
}
END { flush() }

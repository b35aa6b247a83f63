# What can be told of a C file from its text. Reads the files named; one line a complaint: FILE:LINE: what is wrong.
# Variables, words with blanks between: arrows ("judge>record"), libraries (headers that one file names), forbidden and
# wall_clock (functions).

BEGIN {
	split(arrows, list, " ")
	for (i in list)
		allowed[list[i]] = 1
	split(libraries, list, " ")
	for (i in list)
		library[list[i]] = 1
	split(forbidden, list, " ")
	for (i in list)
		never[list[i]] = 1
	split(wall_clock, list, " ")
	for (i in list)
		clock[list[i]] = 1
}

function complain(text)
{
	printf "%s:%d: %s\n", FILENAME, FNR, text
}

# analyzer/FOLDER/... and dissectors/...; the folder of an include is its first part.
function folder_of(path)
{
	sub(/^analyzer\//, "", path)
	if (path !~ /\//)
		return "main"
	sub(/\/.*/, "", path)
	return path
}

# The line without comments, strings and character constants. in_comment lives from line to line.
function code_of(line,    out, c, two, quote)
{
	out = ""
	while (line != "") {
		c = substr(line, 1, 1)
		two = substr(line, 1, 2)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				line = substr(line, 3)
			} else {
				line = substr(line, 2)
			}
		} else if (quote != "") {
			if (c == "\\")
				line = substr(line, 3)
			else {
				if (c == quote) {
					quote = ""
					out = out c
				}
				line = substr(line, 2)
			}
		} else if (two == "/*") {
			in_comment = 1
			line = substr(line, 3)
		} else if (two == "//") {
			line = ""
		} else {
			if (c == "\"" || c == "'")
				quote = c
			out = out c
			line = substr(line, 2)
		}
	}
	return out
}

function check_include(line,    header, to)
{
	header = line
	sub(/^[ \t]*#[ \t]*include[ \t]*[<"]/, "", header)
	sub(/[>"].*/, "", header)
	if (line ~ /include[ \t]*</) {
		if (header in library) {
			if (header in named && named[header] != FILENAME)
				complain("<" header "> is named by " named[header] " too; one file a library")
			named[header] = FILENAME
		}
		return
	}
	if (header !~ /\//) {
		complain("include \"" header "\" names no folder")
		return
	}
	to = folder_of(header)
	if (to != folder && to != "base" && !((folder ">" to) in allowed))
		complain(folder " may not include " to " (\"" header "\")")
}

# Identifiers that are called.
function check_calls(code,    rest, name)
{
	rest = code
	while (match(rest, /[A-Za-z_][A-Za-z_0-9]*[ ]?\(/)) {
		name = substr(rest, RSTART, RLENGTH - 1)
		sub(/ $/, "", name)
		if (name in never)
			complain("call of " name "()")
		if (timeless && name in clock)
			complain("wall clock: " name "()")
		if (folder != "base" && name ~ /^(ntoh|hton)[sl]$/)
			complain(name "(): packet numbers are read with struct rd")
		rest = substr(rest, RSTART + RLENGTH)
	}
}

# Packet bytes are const: names of such pointers, and of readers and spans through .p, may not be indexed where packets are read.
function check_index(code,    rest, name)
{
	rest = code
	while (match(rest, /const uint8_t[ ]*(const[ ]*)?\*[ ]*(const[ ]*)?[A-Za-z_][A-Za-z_0-9]*/)) {
		name = substr(rest, RSTART, RLENGTH)
		sub(/.*[^A-Za-z_0-9]/, "", name)
		bytes[name] = 1
		rest = substr(rest, RSTART + RLENGTH)
	}
	rest = code
	while (match(rest, /[A-Za-z_][A-Za-z_0-9]*\[/)) {
		name = substr(rest, RSTART, RLENGTH - 1)
		if ((name in bytes) && substr(rest, 1, RSTART - 1) !~ /(\.|->)$/)
			complain(name "[...]: packet bytes are read with struct rd only")
		rest = substr(rest, RSTART + RLENGTH)
	}
	if (code ~ /(\.|->)p\[/)
		complain(".p[...]: packet bytes are read with struct rd only")
}

FNR == 1 {
	if (last_file != "" && last_lines > 600)
		printf "%s:%d: the file has more than 600 lines\n", last_file, last_lines
	folder = folder_of(FILENAME)
	timeless = folder ~ /^(base|packet|dissectors|sensor|record|profile|judge|report)$/
	packets = folder ~ /^(capture|packet|dissectors|sensor|classify)$/
	in_comment = 0
	body = 0
	split("", bytes)
}

{
	last_file = FILENAME
	last_lines = FNR
	code = code_of($0)
}

/^[ \t]*#[ \t]*include/ {
	check_include($0)
	next
}

code ~ /^\{$/ {
	body = FNR
}

code ~ /^\}/ && body {
	if (FNR - body - 1 > 60)
		complain("the function's body has " (FNR - body - 1) " lines, 60 is the most")
	body = 0
	split("", bytes)
}

{
	if (code ~ /^[A-Za-z_]/)
		split("", bytes)
	check_calls(code)
	if (packets)
		check_index(code)
	if (code ~ /(^|[^A-Za-z_])(TODO|FIXME|XXX)([^A-Za-z_]|$)/ || $0 ~ /(TODO|FIXME)/)
		complain("unfinished")
}

END {
	if (last_lines > 600)
		printf "%s:%d: the file has more than 600 lines\n", last_file, last_lines
}

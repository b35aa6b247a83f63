"""The part of CDDL (RFC 8610) that record.cddl is written in: reads it, holds decoded values against it, and against the
tables of the program. Strict: what it does not know is an error, and so is an unknown field."""
import re

TOKEN = re.compile(
    r'\s*(?:;[^\n]*\n\s*)*(?:(?P<string>"[^"]*")|(?P<tag>#6\.\d+)|(?P<occur>\d+\*\d+)|(?P<number>\d+)'
    r"|(?P<name>[a-z_][a-z0-9_-]*)|(?P<sign>=>|\.size|[=/:,?*+{}\[\]()]))"
)
PRELUDE = {"uint", "nint", "int", "tstr", "bstr", "bool", "float64"}


class Bad(Exception):
    """Not in the language, or a value that is not as it says."""


class Grammar:
    def __init__(self, text):
        self.tokens, self.at, self.rules = [], 0, {}
        text, at = text + "\n", 0
        while True:
            m = TOKEN.match(text, at)
            if not m:
                break
            self.tokens.append((m.lastgroup, m.group(m.lastgroup)))
            at = m.end()
        if re.sub(r"\s*(;[^\n]*\n\s*)*", "", text[at:]):
            raise Bad("line %d: not understood" % (text.count("\n", 0, at) + 1))
        while self.at < len(self.tokens):
            name = self.take("name")
            self.take("sign", "=")
            if name in self.rules or name in PRELUDE:
                raise Bad("%s is defined twice" % name)
            self.rules[name] = self.group(")") if self.skip("(") else self.type()
        self.used = set()
        for rule in self.rules.values():
            self.resolve(rule)

    def resolve(self, node):
        """Every name that is used is defined."""
        if isinstance(node, tuple) and node[0] in ("name", "include"):
            if node[1] not in self.rules and node[1] not in PRELUDE:
                raise Bad("%s is not defined" % node[1])
            self.used.add(node[1])
        elif isinstance(node, (tuple, list)):
            for part in node:
                self.resolve(part)

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ("end", "")

    def skip(self, sign):
        if self.peek()[1] == sign and self.peek()[0] != "string":
            self.at += 1
            return True
        return False

    def take(self, kind, what=None):
        found = self.peek()
        if found[0] != kind or (what and found[1] != what):
            raise Bad("%s expected, not %s" % (what or kind, found[1]))
        self.at += 1
        return found[1]

    def type(self):
        choices = [self.one()]
        while self.skip("/"):
            choices.append(self.one())
        return choices[0] if len(choices) == 1 else ("choice", choices)

    def one(self):
        kind, text = self.peek()
        self.at += 1
        if kind == "string":
            return ("literal", text[1:-1])
        if kind == "tag":
            self.take("sign", "(")
            inner = self.type()
            self.take("sign", ")")
            return ("tag", int(text[3:]), inner)
        if text == "{":
            return ("map", self.group("}"))
        if text == "[":
            return ("array", *self.occur(), self.element())
        if kind != "name":
            raise Bad("a type expected, not %s" % text)
        if self.skip(".size"):
            return ("size", ("name", text), int(self.take("number")))
        return ("name", text)

    def element(self):
        inner = self.type()
        self.take("sign", "]")
        return inner

    def occur(self):
        if self.peek()[0] == "occur":
            low, high = self.take("occur").split("*")
            return int(low), int(high)
        if self.skip("+"):
            return 1, None
        if self.skip("*"):
            return 0, None
        raise Bad("how many? in an array")

    def group(self, close):
        members = []
        while not self.skip(close):
            if self.peek()[1] == "+":
                self.at += 1
                key = self.type()
                self.take("sign", "=>")
                members.append(("any", key, self.type()))
            else:
                optional = self.skip("?")
                name = self.take("name")
                members.append(("member", name, optional, self.type()) if self.skip(":") else ("include", name))
            if not self.skip(",") and self.peek()[1] != close:
                raise Bad("',' expected, not %s" % self.peek()[1])
        return members

    def members(self, group):
        """With those of included groups."""
        for m in group:
            if m[0] == "include":
                yield from self.members(self.rules[m[1]])
            else:
                yield m

    def check(self, value, node, path):
        """Raises Bad with the path where the value is not of that type."""
        getattr(self, "check_" + node[0])(value, node, path)

    def check_name(self, value, node, path):
        kinds = {
            "uint": lambda v: type(v) is int and 0 <= v < 1 << 64,
            "nint": lambda v: type(v) is int and -(1 << 64) <= v < 0,
            "int": lambda v: type(v) is int and -(1 << 64) <= v < 1 << 64,
            "tstr": lambda v: type(v) is str,
            "bstr": lambda v: type(v) is bytes,
            "bool": lambda v: type(v) is bool,
            "float64": lambda v: type(v) is float,
        }
        if node[1] not in kinds:
            return self.check(value, self.rules[node[1]], path)
        if not kinds[node[1]](value):
            raise Bad("%s: %r is no %s" % (path, value, node[1]))

    def check_literal(self, value, node, path):
        if value != node[1]:
            raise Bad('%s: %r is not "%s"' % (path, value, node[1]))

    def check_size(self, value, node, path):
        self.check(value, node[1], path)
        if isinstance(value, int) and value >= 1 << 8 * node[2] or isinstance(value, bytes) and len(value) != node[2]:
            raise Bad("%s: %r is not of %d bytes" % (path, value, node[2]))

    def check_tag(self, value, node, path):
        if type(value).__name__ != "CBORTag" or value.tag != node[1]:
            raise Bad("%s: %r has not the tag %d" % (path, value, node[1]))
        self.check(value.value, node[2], path)

    def check_choice(self, value, node, path):
        said = None
        for choice in node[1]:
            try:
                return self.check(value, choice, path)
            except Bad as bad:
                # of records, the complaint of the one whose type it is
                if said is None or not ('is not "' in str(bad) and str(bad).startswith(path + ".type")):
                    said = bad
        raise said

    def check_array(self, value, node, path):
        if type(value) is not list or len(value) < node[1] or (node[2] is not None and len(value) > node[2]):
            raise Bad("%s: %r is not an array of %s to %s" % (path, value, node[1], node[2]))
        for i, element in enumerate(value):
            self.check(element, node[3], "%s[%d]" % (path, i))

    def check_map(self, value, node, path):
        if type(value) is not dict:
            raise Bad("%s: %r is no map" % (path, value))
        members = list(self.members(node[1]))
        if len(members) == 1 and members[0][0] == "any":
            if not value:
                raise Bad("%s: empty" % path)
            for key, inner in value.items():
                self.check(key, members[0][1], path)
                self.check(inner, members[0][2], "%s.%s" % (path, key))
            return
        known = {name: (optional, inner) for _, name, optional, inner in members}
        for name, (optional, inner) in known.items():
            if name in value:
                self.check(value[name], inner, "%s.%s" % (path, name))
            elif not optional:
                raise Bad("%s: %s is missing" % (path, name))
        for name in value:
            if name not in known:
                raise Bad("%s: unknown field %s" % (path, name))
        order = [name for name in known if name in value]
        if order != list(value):
            raise Bad("%s: the fields come as %s, not as %s" % (path, list(value), order))

    def flat(self, node, path=""):
        """The fields of a record: path, how many, type, must."""
        while node[0] == "name":
            node = self.rules[node[1]]
        for _, name, optional, inner in self.members(node[1]):
            count = ""
            if inner[0] == "array":
                count, inner = "%s*%s " % (inner[1], inner[2] or ""), inner[3]
            is_map = inner[0] == "name" and self.rules.get(inner[1], ("",))[0] == "map"
            is_map = is_map and self.rules[inner[1]][1][0][0] != "any"
            what = "map" if is_map else inner[1] if inner[0] in ("name", "literal") else repr(inner)
            yield path + name, count + what, not optional
            if is_map:
                yield from self.flat(inner, path + name + ".")


SCALARS = {"int": "i64", "bool": "bool", "time": "instant", "ms": "ms", "addr": "address", "mac": "mac",
           "bytes": "hostile", "text": "tstr", "count": "counts", "fact": "facts", "record": "map"}


def read_dump(text):
    """The tables as model_dump prints them: {(stream, name, variant): [[path, type, must, names]]}."""
    records, fields = {}, None
    for words in (line.split() for line in text.splitlines()):
        if words[0] == "record":
            fields = records[tuple(words[1:])] = []
        elif words[0] == "names":
            fields[-1][3] = words[1:]
        else:
            _, path, kind, size, form, most, must, trim = words
            what = "u%d" % (8 * int(size)) if kind == "uint" else SCALARS.get(kind, kind)
            if kind not in ("count", "fact"):
                low = most if trim == "whole" and form == "fixed" else 1
                what = {"fixed": "%s*%s " % (low, most), "array": "1*%s " % most, "list": "1* "}.get(form, "") + what
            fields.append([path, what, must == "must", None])
    return records


def compare(grammar, dump):
    """Every difference between the tables and the grammar, as a line."""
    tables, wrong, told = read_dump(dump), [], set()
    for stream in ("observation", "result"):
        for choice in grammar.rules[stream][1]:
            members = {m[1]: m[3] for m in grammar.members(grammar.rules[choice[1]][1])}
            kind = members.get("kind", ("",))
            key = (stream, members["type"][1], kind[1] if kind[0] == "literal" else "-")
            told.add(key)
            if key not in tables:
                wrong.append("%s: no table is of this" % choice[1])
                continue
            wrong += ["%s: %s" % (choice[1], w) for w in differences(grammar, choice, tables[key], key)]
    wrong += ["%s %s %s: a table, but not in record.cddl" % key for key in tables if key not in told]
    return wrong


def differences(grammar, choice, fields, key):
    said = [f for f in grammar.flat(choice) if f[0] != "type"]
    have = {path: (what, must) for path, what, must in said}
    for path, what, must, names in fields:
        if path not in have:
            yield "%s is a field of the table and not here" % path
            continue
        is_what, is_must = have[path]
        if path == "kind" and key[2] != "-":
            names, what = None, key[2]
        if names is not None:
            yield from enumeration(grammar, path, is_what, what, names)
        elif is_what != what:
            yield "%s is %s, in the table %s" % (path, is_what, what)
        if is_must != must:
            yield "%s: mandatory in the %s only" % (path, "grammar" if is_must else "table")
    if [f[0] for f in fields] != [f[0] for f in said]:
        for path in have:
            if path not in [f[0] for f in fields]:
                yield "%s is here and no field of the table" % path
        yield "the order of fields differs"


def enumeration(grammar, path, is_what, what, names):
    """The values of an enumeration, and its number."""
    count, rule = what[: -len("enum")], is_what.split(" ")[-1]
    node = grammar.rules.get(rule)
    if not is_what.startswith(count) or not node or node[0] != "choice":
        yield "%s is %s, in the table %s" % (path, is_what, what)
    elif [c[1] for c in node[1]] != names + ["uint"]:
        yield "%s: %s are not the values of the table: %s" % (path, rule, names)


def sequence(data):
    """The items of a CBOR sequence; cbor2 is told where each ends."""
    import io
    import cbor2

    at = io.BytesIO(data)
    while at.tell() < len(data):
        yield cbor2.load(at)


def shortest(data):
    """Raises Bad where a head is not the shortest form, or a length indefinite. RFC 8949, section 4.2.1."""
    at = 0
    while at < len(data):
        major, low, start = data[at] >> 5, data[at] & 31, at
        at += 1
        value = low
        if low in (24, 25, 26, 27):
            n = 1 << low - 24
            value = int.from_bytes(data[at : at + n], "big")
            at += n
            if major != 7 and value < (24, 256, 1 << 16, 1 << 32)[low - 24]:
                raise Bad("byte %d: not the shortest head" % start)
        elif low > 27:
            raise Bad("byte %d: an indefinite length" % start)
        if major == 7 and low not in (20, 21, 27):
            raise Bad("byte %d: neither true, false nor a double" % start)
        if major in (2, 3):
            at += value

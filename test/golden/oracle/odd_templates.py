#!/usr/bin/env python3
"""Odd but legal chat templates, dates and added tokens, and what Python makes of them.

    odd_templates.py TOKENIZER_DIR OUT.json.gz [TEMPLATES]

Templates are made from a grammar with a fixed seed, rendered by transformers' own environment (jinja2, immutable
sandbox, trim_blocks, lstrip_blocks), line ends of all three kinds among them. Dates are `datetime.strftime` in the C
locale. Added tokens are put onto TOKENIZER_DIR's tokenizer.json by the tokenizers library, with all flags.
"""
import copy
import gzip
import json
import random
import sys
from datetime import datetime
from pathlib import Path

from tokenizers import AddedToken, Tokenizer
from transformers.utils.chat_template_utils import _compile_jinja_template

SEED = 20261128
CONVERSATIONS = [
    [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "  Hi there\n"},
     {"role": "assistant", "content": "\n\nHello, \u00e9t\u00e9 \U0001f642!  "}],
    [{"role": "user", "content": [{"type": "text", "text": "Look:"}, {"type": "image", "image": "x"}]},
     {"role": "assistant", "content": [{"type": "text", "text": "A <b>cat</b> & 'dog' \"x\""}]}],
    [{"role": "user", "content": "a\r\nb\tc"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nyes", "n": 3},
     {"role": "user", "content": "caf\u00e9 na\u00efve stra\u00dfe"}, {"role": "assistant", "content": "ONE two Three-four"}],
    [{"role": "user", "content": "list", "tags": ["b", "A", "c", "a"], "meta": {"k": 1, "z": None, "deep": {"x": [1, 2.5, True]}}},
     {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"q": "\u00fc", "n": 2}}}]}],
]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}


class Maker:
    def __init__(self, seed: int):
        self.r = random.Random(seed)
        self.depth = 0
        self.names = []  # variables in scope
        self.macros = []

    def pick(self, *options):
        return self.r.choice(options)

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    # ---- expressions ----

    def literal(self) -> str:
        text = self.pick("a", "user", "assistant", "x y", "\\n", "\\t-", "it\\'s", "\\\"q\\\"", "<|im_start|>", "", " ", "\u00e9",
                         "\U0001f642", "A-b c", "\\u00e9", "\\x41", "%s", "Hello, World", "{}", "</think>", "  pad  ", "\\\\", "\\q", "12", "3.7",
                         "\\u2028", "\u00a0", "ab" * 3, "\\101", "{{", "%}")
        mark = self.pick("'", '"')
        if mark == "'" and "\\'" not in text and "'" in text:
            mark = '"'
        return f"{mark}{text}{mark}"

    def string(self, d: int = 0) -> str:
        if d > 3 or self.chance(0.25):
            return self.pick(self.literal(), "message.content", "message['role']", "message.role", "bos_token", "eos_token",
                             "messages[0].role", "messages[-1]['content']", "message['content']", self.name("s"))
        s, i = (lambda: self.string(d + 1)), (lambda: self.integer(d + 1))
        return self.pick(
            lambda: f"{s()} + {s()}", lambda: f"{s()} ~ {self.anything(d + 1)}", lambda: f"({s()} if {self.boolean(d + 1)} else {s()})",
            lambda: f"{self.paren(s())} | {self.string_filter(d)}", lambda: f"{self.paren(s())}.{self.string_method(d)}",
            lambda: f"{self.paren(s())}[{i()}]", lambda: f"{self.paren(s())}[{self.slice()}]", lambda: f"{s()} * {self.r.randint(-1, 3)}",
            lambda: f"{self.paren(self.list(d + 1))} | join({self.literal() if self.chance(0.7) else ''})",
            lambda: f"{self.paren(self.anything(d + 1))} | tojson{self.json_options()}", lambda: f"{self.anything(d + 1)} | string",
            lambda: f"{self.literal()} % ({self.anything(d + 1)},)", lambda: f"{self.paren(self.anything(d + 1))} | default({s()}, {self.pick('true', 'false')})",
            lambda: f"(missing.x if false else {s()})", lambda: f"{self.paren(self.list(d + 1))} | first", lambda: f"{self.paren(self.list(d + 1))} | last",
            lambda: f"(message.get('{self.pick('name', 'role', 'n')}', {s()}))", lambda: f"message | attr({self.literal()})",
            lambda: f"'%s-%d' | format({s()}, {i()})", lambda: f"'{{}}/{{}}'.format({s()}, {i()})")()

    def string_filter(self, d: int) -> str:
        n = self.r.randint(0, 12)
        return self.pick("upper", "lower", "trim", "title", "capitalize", "length | string", "reverse", "replace('a', 'bb')", "replace('', '-', 2)",
                         "indent", f"indent({n % 5}, true)", "indent(2, blank=true)", "indent('> ')", f"truncate({n + 3})", f"truncate({n + 4}, true, '', 0)", f"center({n})",
                         "wordcount", "list", "first", "last", "trim('ab ')", "string", "int", "int(7)", "float", "tojson", "default('z', true)", "e" if self.chance(0.02) else "upper",
                         "safe", "replace('\\n', ' ', count=1)", "sort", "unique | join", "batch(2) | list", "min", "max")

    def string_method(self, d: int) -> str:
        n = self.r.randint(-2, 12)
        return self.pick("upper()", "lower()", "strip()", "lstrip()", "rstrip()", "strip('\\n ')", "lstrip('ab<')", "rstrip('!. ')", "title()", "capitalize()", "swapcase()",
                         "split()", "split(' ')", "split(' ', 1)", "split(None, 1)", "rsplit(' ', 1)", "rsplit(maxsplit=1)", "split('</think>')[-1]", "split('\\n')", "splitlines()", "splitlines(true)",
                         "startswith('a')", "startswith(('B', 'W'))", "endswith('?')", f"startswith('h', {n})", "replace('e', '')", "replace('', '.')", "replace('a', 'b', 1)",
                         f"find('e', {n})", "rfind('e')", "index('e')", "count('e')", "count('')", "isalpha()", "isdigit()", "isalnum()", "isspace()", "isupper()", "islower()", "istitle()",
                         "partition(' ')", "rpartition(' ')", "removeprefix('<think>')", "removesuffix('.')", f"center({n})", f"ljust({n}, '.')", f"rjust({n})", f"zfill({n})", "join(['a', 'b'])", "isnumeric()", "isascii()", "isidentifier()", "isprintable()")

    def json_options(self) -> str:
        return self.pick("", "", "", "(indent=2)", "(indent=0)", "(sort_keys=true)", "(ensure_ascii=true)", "(separators=(',', ':'))", "(indent=4, sort_keys=true)", "(indent='\\t')", "(indent=none)")

    def slice(self) -> str:
        bound = lambda: "" if self.chance(0.3) else str(self.r.randint(-6, 6))
        step = "" if self.chance(0.6) else ":" + self.pick("2", "-1", "-2", "")
        return f"{bound()}:{bound()}{step}"

    def paren(self, text: str) -> str:
        return text if self.chance(0.15) else f"({text})"

    def name(self, kind: str) -> str:
        names = [n for n in self.names if n.startswith(kind)]
        return self.r.choice(names) if names else {"s": "bos_token", "i": "3", "l": "messages", "b": "true"}[kind]

    def integer(self, d: int = 0) -> str:
        if d > 3 or self.chance(0.3):
            return self.pick(str(self.r.randint(-9, 9)), "messages | length", "loop.index", "loop.index0", "ns.n", "0x1f", "1_000", "0b11", "7", "message.content|length", self.name("i"))
        i = lambda: self.integer(d + 1)
        return self.pick(lambda: f"{i()} + {i()}", lambda: f"{i()} - {i()}", lambda: f"{i()} * {i()}", lambda: f"{i()} // {i()}", lambda: f"{i()} % {i()}", lambda: f"-{i()}",
                         lambda: f"{i()} / {i()}", lambda: f"2 ** {self.r.randint(-2, 8)}", lambda: f"({i()} | abs)", lambda: f"{self.paren(self.list(d + 1))} | length", lambda: f"{self.string(d + 1)} | int",
                         lambda: f"({i()} / 7) | round({self.r.randint(0, 3)}{self.pick('', ', ' + repr('floor'), ', ' + repr('ceil'))})", lambda: f"[{i()}, {i()}] | {self.pick('sum', 'max', 'min')}", lambda: f"{i()} + 0.5",
                         lambda: f"({i()}) | float", lambda: f"2.5 * {i()}", lambda: f"{self.boolean(d + 1)} + 1", lambda: "loop.revindex", lambda: "loop.length", lambda: "1e3", lambda: "1.5e-7")()

    def list(self, d: int = 0) -> str:
        if d > 3 or self.chance(0.2):
            return self.pick("messages", "[1, 2, 3]", "['b', 'A', 'c', 'a']", "(1, 'x')", "range(4)", "range(5, 0, -2)", "message.tags | default([])", "[]", "()", "message.keys()", "message.items()", "dict(a=1, b='x')", "{'k': 'v', 2: none}", "{}", self.name("l"))
        l, s = (lambda: self.list(d + 1)), (lambda: self.string(d + 1))
        return self.pick(lambda: f"[{s()}, {self.anything(d + 1)}]", lambda: f"{self.paren(l())}[{self.slice()}]", lambda: f"{self.paren(l())} | list", lambda: f"{self.paren(l())} | reverse | list", lambda: f"[{s()}] + [{s()}]",
                         lambda: f"messages | map(attribute='{self.pick('role', 'content', 'n', 'meta.k')}') | list", lambda: f"messages | selectattr('role', 'equalto', '{self.pick('user', 'assistant', 'system')}') | list",
                         lambda: f"messages | rejectattr('{self.pick('role', 'n')}', 'defined') | list", lambda: f"messages | map(attribute='role') | map('upper') | list", lambda: f"{self.paren(l())} | map('string') | list", lambda: f"{self.paren(s())}.split({self.literal()})",
                         lambda: f"{self.paren(l())} | select | list", lambda: f"{self.paren(l())} | reject('none') | list", lambda: f"messages | map(attribute='role') | unique | list", lambda: f"messages | map(attribute='role') | sort(reverse={self.pick('true', 'false')})", lambda: f"messages | groupby('role') | list",
                         lambda: f"['b', 'A', 'c', 'a'] | sort(case_sensitive={self.pick('true', 'false')})", lambda: f"{self.paren(l())} | batch({self.r.randint(1, 3)}{self.pick('', ', none', ', 0')}) | list", lambda: f"{self.paren(l())} | slice({self.r.randint(1, 3)}) | list", lambda: "messages[0] | dictsort", lambda: "messages[0] | items | list",
                         lambda: f"{self.paren(l())} * 2", lambda: f"messages | map('attr', 'role') | list", lambda: f"[3, 1, 2] | sort", lambda: f"messages | sum(attribute='n', start=0)", lambda: f"messages | map(attribute='n', default=0) | list",
                         lambda: f"{{'a': {s()}, 'b': [{s()}, none, true, 1.0]}}", lambda: f"messages[-1:]", lambda: f"{self.paren(s())} | list")()

    def boolean(self, d: int = 0) -> str:
        if d > 3 or self.chance(0.15):
            return self.pick("true", "false", "True", "loop.first", "loop.last", "add_generation_prompt", "tools", "none", "ns.b", "message.role == 'user'", self.name("b"))
        a = lambda: self.anything(d + 1)
        return self.pick(lambda: f"{self.string(d + 1)} {self.pick('==', '!=', '<', '>=')} {self.string(d + 1)}", lambda: f"{self.integer(d + 1)} {self.pick('<', '<=', '==', '>', '!=')} {self.integer(d + 1)}",
                         lambda: f"{self.paren(a())} {self.pick('is', 'is not')} {self.pick('defined', 'none', 'string', 'mapping', 'iterable', 'sequence', 'number', 'integer', 'float', 'boolean', 'true', 'false', 'undefined', 'callable', 'upper', 'lower')}",
                         lambda: f"{self.integer(d + 1)} is {self.pick('odd', 'even', 'divisibleby 3', 'divisibleby(2)', 'gt 2', 'eq(3)')}", lambda: f"{self.string(d + 1)} {self.pick('in', 'not in')} {self.paren(self.pick(self.string, self.list)(d + 1))}",
                         lambda: f"not {self.boolean(d + 1)}", lambda: f"{self.boolean(d + 1)} {self.pick('and', 'or')} {self.boolean(d + 1)}", lambda: f"({self.boolean(d + 1)})", lambda: f"1 < {self.integer(d + 1)} <= 5", lambda: f"{a()} == {a()}",
                         lambda: f"message.{self.pick('content', 'name', 'n', 'tags')} is {self.pick('defined', 'string', 'none', 'not none')}", lambda: f"'{self.pick('role', 'text', 'type')}' in message", lambda: f"{a()} is in {self.paren(self.list(d + 1))}", lambda: f"{self.string(d + 1)}.startswith({self.literal()})")()

    def anything(self, d: int = 0) -> str:
        return self.pick(self.string, self.string, self.integer, self.list, self.boolean, lambda d: "message", lambda d: "missing", lambda d: "message.nothing", lambda d: "none", lambda d: "messages[99]")(d)

    # ---- statements ----

    def tag(self, inside: str) -> str:
        return "{%" + self.pick("", "", "", "-", "-", "+") + self.space() + inside + self.space() + self.pick("", "", "", "-", "-", "+") + "%}"

    def shown(self, inside: str) -> str:
        return "{{" + self.pick("", "", "-") + self.space() + inside + self.space() + self.pick("", "", "-") + "}}"

    def space(self) -> str:
        return self.pick(" ", " ", " ", "", "  ", "\n", "\t") if self.chance(0.4) else " "

    def text(self) -> str:
        return "".join(self.pick("\n", "\n", "  ", "\t", " ", "x", "<|im_start|>", "<|im_end|>\n", "\u00e9", ".", "\n\n", "}}", "%", "#", "{ }", "'", "\u2003", "\u00a0\n", "\n    ", "# not", "\x1c", "\x0b") for _ in range(self.r.randint(0, 4)))

    def body(self, d: int) -> str:
        count, names, macros = self.r.randint(1, 3), list(self.names), list(self.macros)
        out = "".join(self.text() + self.statement(d) for _ in range(count)) + self.text()
        self.names, self.macros = names, macros
        return out

    def statement(self, d: int) -> str:
        if d > 3:
            return self.shown(self.string(1))
        kind = self.r.random()
        if kind < 0.30:
            return self.shown(self.anything())
        if kind < 0.45:
            loop = self.tag(f"for message in messages{self.pick('', '', ' if ' + self.boolean(2), '[1:]', ' | reverse', '[::-1]')}") if self.chance(0.6) else self.tag(
                f"for {self.pick('x', 'k, v', 'message')} in {self.pick(self.list(1), 'message.items()', 'message.content', 'message | dictsort', 'range(3)')}")
            inner = self.body(d + 1) + (self.tag(f"if {self.boolean(2)}") + self.tag(self.pick("break", "continue")) + self.tag("endif") if self.chance(0.15) else "")
            other = self.tag("else") + self.text() if self.chance(0.2) else ""
            return loop + inner + other + self.tag("endfor")
        if kind < 0.60:
            middle = "".join(self.tag(f"elif {self.boolean(1)}") + self.body(d + 1) for _ in range(self.r.randint(0, 2)))
            last = self.tag("else") + self.body(d + 1) if self.chance(0.5) else ""
            return self.tag(f"if {self.boolean()}") + self.body(d + 1) + middle + last + self.tag("endif")
        if kind < 0.72:
            name = self.pick("s1", "s2", "i1", "l1", "b1")
            value = {"s": self.string, "i": self.integer, "l": self.list, "b": self.boolean}[name[0]](1)
            self.names.append(name)
            return self.tag(f"set {name} = {value}")
        if kind < 0.78:
            self.names += ["s3"]
            filtered = self.pick("", "", " | upper", " | trim", " | replace('x', 'y')")
            return self.tag(f"set s3{filtered}") + self.body(d + 1) + self.tag("endset")
        if kind < 0.85:
            return self.tag(f"set ns.{self.pick('n', 'b', 'x')} = {self.anything(1)}")
        if kind < 0.89:
            name = self.pick("show", "wrap")
            self.macros.append(name)
            arguments = self.pick("", "a", "a, b=1", "a='d', b=none")
            inner = self.body(d + 1) + self.pick("", self.shown("a"), self.shown("b ~ a"), self.shown("caller()") if self.chance(0.3) else "", self.shown("varargs | length"), self.shown("kwargs"))
            return self.tag(f"macro {name}({arguments})") + inner + self.tag("endmacro") + self.shown(f"{name}({self.pick('', self.string(2), self.string(2) + ', 2', 'b=' + self.literal())})")
        if kind < 0.91:
            return self.tag(f"with x = {self.anything(1)}, y = 2") + self.body(d + 1) + self.shown("x") + self.tag("endwith")
        if kind < 0.93:
            return self.tag(f"filter {self.pick('upper', 'trim', 'indent(2)', 'replace(' + repr('a') + ', ' + repr('b') + ') | upper')}") + self.body(d + 1) + self.tag("endfilter")
        if kind < 0.955:
            return self.tag("generation") + self.body(d + 1) + self.tag("endgeneration")
        if kind < 0.97:
            return "{#" + self.pick("", "-", "+") + " a comment {{ x }} {% if %} " + self.pick("", "-", "+") + "#}"
        if kind < 0.985:
            return "{%" + self.pick("", "-", "+") + " raw " + self.pick("", "-") + "%}" + self.text() + "{{ raw }} {% x %}" + self.text() + "{%" + self.pick("", "-", "+") + " endraw " + self.pick("", "-", "+") + "%}"
        if kind < 0.99:
            return self.tag("for x in [[1, [2, 3]], 4] recursive") + self.shown("loop(x) if x is iterable else x") + self.shown("loop.depth") + self.tag("endfor")
        if kind < 0.995 and self.macros:
            return self.tag(f"call {self.macros[-1]}({self.pick('', self.literal())})") + self.body(d + 1) + self.tag("endcall")
        return self.shown(self.pick("loop.cycle('a', 'b')", "loop.previtem", "loop.changed(message.role)", "loop.nextitem is defined", "cycler('a', 'b').next()", "namespace(a=1).a", "dict([(1, 2)])", "joiner()()", "ns", "range(3)", "messages | pprint", "raise_exception('no')"))

    def template(self) -> str:
        head = self.tag("set ns = namespace(n=0, b=false, x='')") if self.chance(0.8) else ""
        if self.chance(0.6):
            out = head + self.tag("for message in messages") + self.body(0) + self.tag("endfor") + self.text()
        else:
            out = head + self.tag("set message = messages[-1]") + self.body(0) + self.body(1)
        end = self.r.random()
        if end < 0.15:
            out = out.replace("\n", "\r\n")
        elif end < 0.2:
            out = out.replace("\n", "\r")
        return out + self.pick("", "", "\n", "\n\n", "\r\n")


def rendered(template: str, messages: list) -> tuple[str, str]:
    """The text, or the kind of error. A text that depends on addresses or has half a character counts as none."""
    try:
        text = _compile_jinja_template(template).render(messages=copy.deepcopy(messages), tools=None, documents=None, add_generation_prompt=False, **TOKENS)
        text.encode()
    except Exception as error:
        return "error", type(error).__name__
    return ("none", "") if " at 0x" in text or len(text) > 2000 else ("text", text)


def templates(count: int) -> list:
    out, seed, seen, errors = [], SEED, set(), 0
    while len(out) < count:
        seed += 1
        template = Maker(seed).template()
        if len(template) > 700 or template in seen:
            continue
        seen.add(template)
        case = seed % len(CONVERSATIONS)
        kind, text = rendered(template, CONVERSATIONS[case])
        if kind == "none" or (kind == "error" and errors > len(out) // 8):
            continue
        errors += kind == "error"
        out.append([template, case, text if kind == "text" else {"error": text}])
    return out


def dates() -> list:
    formats = [f"%{flag}{letter}" for letter in "aAbBcCdDeFgGhHIjklmMnpPrRSstTuUVwWxXyYzZ%f" for flag in ("", "-", "_", "0", "^", "#", "10", "E", "O")]
    # What C does not have, Python leaves as it is; the engine refuses it.
    formats = [f for f in formats if not (f[1] == "E" and f[2] not in "cCxXyY") and not (f[1] == "O" and f[2] in "aAcDFxXY")]
    formats = [f for f in formats if not f.endswith("s") and f not in ("%-f", "%_f", "%0f", "%^f", "%#f", "%10f", "%Ef", "%Of")] + ["%A, %-d %B %Y, %j %I:%M%p", "%d %b %Y", "a%%b%Y", "%5Y|%3d|%-H"]
    r, out = random.Random(SEED), []
    days = [datetime(2026, 11, 28, 20, 5, 9), datetime(2024, 1, 1, 0, 0, 0), datetime(2027, 1, 3, 12, 30, 1), datetime(2020, 12, 31, 23, 59, 59), datetime(2021, 1, 1, 1, 2, 3)]
    days += [datetime(r.randint(1970, 2099), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59)) for _ in range(15)]
    for day in days:
        out.append([[day.year, day.month, day.day, day.hour, day.minute, day.second], [day.strftime(f) for f in formats]])
    return [formats, out]


def tokens(folder: Path, count: int) -> list:
    """[added tokens, [text, ids] …] …"""
    json_text, r, out = (folder / "tokenizer.json").read_text(), random.Random(SEED), []
    size = Tokenizer.from_str(json_text).get_vocab_size()
    contents = ["<mask>", "<|eot|>", "ab", "the", "<x>", "<xy>", "\u00e9!", "e\u0301", "[SEP]", " lead", "trail ", "\n\n", "A", "caf\u00e9", "<|im_end|>", "the arg", "##", "\u212b"]
    words = ["the ", "argument", " parser", "  ", "\n", "\t", "<mask>", "<|eot|>", "ab", "caf\u00e9", "cafe\u0301", "e\u0301", "<xy>", "<x>", "[SEP]", "A", "x", ".", "\u212b", " the arg", "##", "_", "1", "\u00a0", "<|im_end|>", "trail ", " lead", "\U0001f642", "\u00e9!"]
    for _ in range(count):
        tokenizer = Tokenizer.from_str(json_text)
        chosen = r.sample(contents, r.randint(1, 5))
        flag = lambda p: r.random() < p
        added = [dict(content=c, lstrip=flag(0.3), rstrip=flag(0.3), single_word=flag(0.3), normalized=flag(0.5), special=flag(0.5)) for c in chosen]
        for token in added:
            tokenizer.add_tokens([AddedToken(**token)])
            token["id"] = tokenizer.token_to_id(token["content"])
        texts = ["".join(r.choice(words) for _ in range(r.randint(1, 9))) for _ in range(8)]
        out.append([added, [[text, tokenizer.encode(text, add_special_tokens=False).ids] for text in texts]])
    assert size
    return out


def main() -> None:
    folder, target, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    formats, days = dates()
    golden = {"conversations": CONVERSATIONS, "tokens": TOKENS, "templates": templates(count), "formats": formats, "dates": days, "added": tokens(folder, 250)}
    data = json.dumps(golden, ensure_ascii=False, separators=(",", ":")).encode()
    target.write_bytes(gzip.compress(data, 9, mtime=0))
    errors = sum(isinstance(t[2], dict) for t in golden["templates"])
    print(f"{len(golden['templates'])} templates ({errors} errors), {len(days) * len(formats)} dates, {sum(len(t[1]) for t in golden['added'])} texts, {target.stat().st_size} bytes")


main()

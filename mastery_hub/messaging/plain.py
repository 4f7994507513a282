"""Markdown as a text that reads well by itself: what a mail client without HTML shows."""

from textwrap import indent

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode


def plain_text(tokens: list[Token]) -> str:
    """Blocks apart by an empty line, a list's lines together, every link with its address in plain sight."""
    return _blocks(SyntaxTreeNode(tokens))


def _blocks(parent: SyntaxTreeNode) -> str:
    return "\n\n".join(_block(node) for node in parent.children)


def _block(node: SyntaxTreeNode) -> str:
    if node.type in ("bullet_list", "ordered_list"):
        first = int(node.attrs.get("start", 1))
        marks = [f"{first + n}." if node.type == "ordered_list" else "-" for n in range(len(node.children))]
        items = (_blocks(item).replace("\n\n", "\n") for item in node.children)
        return "\n".join(f"{mark} {indent(item, '   ').strip()}" for mark, item in zip(marks, items, strict=True))
    if node.type == "table":
        rows = [row for part in node.children for row in part.children]
        return "\n".join(" | ".join(_inline(cell) for cell in row.children) for row in rows)
    if node.type == "blockquote":
        return indent(_blocks(node), "> ", lambda line: True)
    if node.type == "hr":
        return "-" * 40
    return node.content.rstrip() if node.type in ("code_block", "fence") else _inline(node)


def _inline(node: SyntaxTreeNode) -> str:
    if node.type == "link":
        words, address = "".join(map(_inline, node.children)), str(node.attrs["href"])
        return words if words == address.removeprefix("mailto:") else f"{words}: {address}"
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    return "".join(map(_inline, node.children)) or node.content

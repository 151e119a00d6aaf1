#!/usr/bin/env python3
"""Markdown tables of result files: a line for each case, a column for each server, medians where there are several results.

    bench/table.py RESULTS KEY[=TITLE] [KEY[=TITLE] ...] [--servers restante,dovecot-fast] [--add NAME=KEY/KEY]

RESULTS has a JSON object a line with a "label" CASE@SERVER. One table for each key, with the ratio of the best other server to
`restante` (larger is better for us) in its last column; what failed is "-". --add makes a key of two others.
"""
import argparse
import collections
import json
import statistics

US = "restante"


def read(path, added):
    values, cases, servers = collections.defaultdict(list), [], []
    with open(path) as lines:
        for row in map(json.loads, lines):
            case, _, server = row["label"].rpartition("@")
            cases += [case] * (case not in cases)
            servers += [server] * (server not in servers)
            for name, over, under in added:
                if row.get(under):
                    row[name] = row.get(over, 0) / row[under]
            for key, value in row.items():
                if isinstance(value, (int, float)):
                    values[case, server, key].append(value)
            if row.get("errors") or row.get("dropped"):
                values[case, server, "failed"].append(1)
    return values, cases, servers


def shown(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def table(values, cases, servers, key, title):
    print(f"\n{title}:\n\n| case | {' | '.join(servers)} | best other / {US} |\n|{'---|' * (len(servers) + 2)}")
    rate = "per_s" in key
    for case in cases:
        found = {server: statistics.median(values[case, server, key]) for server in servers if values.get((case, server, key))}
        if not any(found.values()):
            continue
        words = [shown(found[server]) + ("!" if values.get((case, server, "failed")) else "") if found.get(server) else "-"
                 for server in servers]
        others = [number for server, number in found.items() if not server.startswith(US) and number > 0]
        ratio = ""
        if found.get(US) and others:
            ratio = shown(found[US] / max(others) if rate else min(others) / found[US])
        print(f"| {case} | {' | '.join(words)} | {ratio} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("keys", nargs="+")
    parser.add_argument("--servers", help="these, in this order")
    parser.add_argument("--add", action="append", default=[])
    options = parser.parse_args()
    added = [(name, *keys.split("/")) for name, keys in (one.split("=") for one in options.add)]
    values, cases, servers = read(options.results, added)
    if options.servers:
        servers = options.servers.split(",")
    for key in options.keys:
        key, _, title = key.partition("=")
        table(values, cases, servers, key, title or key)
    if any(key[2] == "failed" for key in values):
        print("\n`!`: with errors.")


if __name__ == "__main__":
    main()

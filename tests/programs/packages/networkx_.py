# networkx: graphs of Python objects.
# SPDX-License-Identifier: MIT
import networkx as nx

G = nx.gnm_random_graph(120, 360, seed=3)
print(nx.number_connected_components(G), nx.degree_histogram(G)[:8], nx.shortest_path_length(G, 0, 100), round(nx.transitivity(G), 12))
print(len(list(nx.find_cliques(G))), nx.is_planar(G), len(nx.minimum_spanning_tree(G).edges))
D = nx.DiGraph([(a, b) for a in range(30) for b in (a * 2, a * 2 + 1) if a < b < 60])
print(list(nx.topological_sort(D))[:12], nx.dag_longest_path_length(D), nx.ancestors(D, 40))

"""A site in network namespaces: an origin behind a thin link, a registry on the site's own network, nodes with containerd."""

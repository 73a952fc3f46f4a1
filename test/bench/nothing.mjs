// An empty process: what every other starts from.

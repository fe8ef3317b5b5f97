"""What the partitioning methods share: coded answers, distances, centroids, restarts, membership."""

"""出件: results that arrived, who was told, who took them, and the signed record of it."""

"""A tracker for patients with liver metastases: events go in, a pure core decides, dated next steps come out."""

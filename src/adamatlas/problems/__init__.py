"""Problems: data model, network, per-example loss, and what can be measured on them."""

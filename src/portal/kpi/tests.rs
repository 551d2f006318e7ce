//! Use cases of KPI figures.

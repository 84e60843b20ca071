"""Measures: functions from (trace, data) to named quantities. Measuring never retrains."""

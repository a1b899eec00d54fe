variable "quarter" {
  description = "The quarter of the pipeline's secret; the next one gets a new secret."
  type        = string
}

/* What bindgen reads: nvml.h of nvml-mig-sys/include, or of NVML_INCLUDE_DIR. */
#include <nvml.h>

/* A C program that is linked against the library, as nvml.h suggests, and does not open it by name. */

#include <nvml.h>
#include <stdio.h>

static int failed(const char *call, nvmlReturn_t code) {
    if (code != NVML_SUCCESS) {
        fprintf(stderr, "%s: %s\n", call, nvmlErrorString(code));
    }
    return code != NVML_SUCCESS;
}

int main(void) {
    nvmlDevice_t device;
    nvmlGpuInstance_t instance;
    char name[NVML_DEVICE_NAME_V2_BUFFER_SIZE];

    if (failed("nvmlInit_v2", nvmlInit_v2()) ||
        failed("nvmlDeviceGetHandleByIndex_v2", nvmlDeviceGetHandleByIndex_v2(0, &device)) ||
        failed("nvmlDeviceGetName", nvmlDeviceGetName(device, name, sizeof name)) ||
        failed("nvmlDeviceCreateGpuInstance", nvmlDeviceCreateGpuInstance(device, 0, &instance)) ||
        failed("nvmlGpuInstanceDestroy", nvmlGpuInstanceDestroy(instance)) ||
        failed("nvmlShutdown", nvmlShutdown())) {
        return 1;
    }
    puts(name);
    return 0;
}

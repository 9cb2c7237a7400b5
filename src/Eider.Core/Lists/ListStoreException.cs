// The folder of lists cannot be written.

namespace Eider.Core.Lists;

/// <summary>Its message names the place, what failed and the mend.</summary>
public sealed class ListStoreException(string message) : Exception(message)
{
    internal static ListStoreException Unwritable(string path, Exception reason) => new($"{path}: cannot be written ({reason.Message}); check its permissions and the space on its disk");
}

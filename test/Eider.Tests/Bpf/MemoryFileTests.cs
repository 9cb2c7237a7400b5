using Eider.Bpf;
using Xunit;

namespace Eider.Tests.Bpf;

public sealed class MemoryFileTests
{
    [Fact]
    public void File_in_memory_is_read_by_its_path()
    {
        byte[] contents = [.. Enumerable.Range(0, 100_000).Select(index => (byte)index)];
        using var file = MemoryFile.Create("test", new MemoryStream(contents));

        Assert.Equal(contents, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void File_in_memory_is_gone_when_disposed()
    {
        var file = MemoryFile.Create("test-gone", new MemoryStream([1]));

        file.Dispose();

        Assert.DoesNotContain(Directory.GetFiles("/proc/self/fd"), IsIt);
    }

    private static bool IsIt(string descriptor) => new FileInfo(descriptor).LinkTarget?.Contains("test-gone", StringComparison.Ordinal) == true;
}

// uids to names.

using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class UserTableTests : IDisposable
{
    private readonly FakeHost _host = new();

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("root:x:0:0:root:/root:/bin/bash\n", 0, "root")]
    [InlineData("toor:x:0:0::/:\nroot:x:0:0::/:\n", 0, "toor")]
    [InlineData("a:x:4294967295:0::/:", 4294967295, "a")]
    [InlineData("a:x:5", 5, null)]
    [InlineData("a:x:5x:0", 5, null)]
    [InlineData("a:x:-5:0", 5, null)]
    [InlineData("a:x:99999999999999999999:0", 5, null)]
    [InlineData(":x:5:0\n\n:::::\n#\na\n", 5, null)]
    [InlineData("+nis::::\nb:x:5:0", 5, "b")]
    [InlineData("", 5, null)]
    public void Name_is_read_from_the_file(string passwd, uint uid, string? name)
    {
        File.WriteAllText(_host.Passwd, passwd);

        Assert.Equal(name, Table().Find(uid).Name);
    }

    [Fact]
    public void Missing_file_gives_no_names() => Assert.Null(Table().Find(0).Name);

    [Fact]
    public void Changed_file_is_read_again_after_the_interval()
    {
        File.WriteAllText(_host.Passwd, "a:x:5:0::/:\n");
        var table = Table();
        Assert.Equal("a", table.Find(5).Name);
        File.WriteAllText(_host.Passwd, "other:x:5:0::/:\n");
        Assert.Equal("a", table.Find(5).Name);

        _host.Time.Advance(UserTable.CheckInterval);

        Assert.Equal("other", table.Find(5).Name);
    }

    [Fact]
    public void User_is_the_same_object_each_time()
    {
        var table = Table();

        Assert.Same(table.Find(5), table.Find(5));
    }

    private UserTable Table() => new(_host.Passwd, _host.Time);
}

using Eider.Core;
using Eider.Core.Detect;
using Eider.Tests.Capture;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class PublicSuffixTests
{
    [Fact]
    public void Vectors_of_the_list_hold()
    {
        Corpus.SkipWhenAbsent();
        var list = PublicSuffix.Load(Corpus.PathOf("psl/public_suffix_list.dat"))!;
        var wrong = new List<string>();
        var vectors = 0;
        foreach (var line in File.ReadLines(Corpus.PathOf("psl/psl_vectors.csv")).Skip(1))
        {
            var fields = line[(line.LastIndexOf('"') + 1)..].Split(',')[1..];
            var found = list.RegistrableDomain(ToALabels(fields[0])).ToString();
            vectors++;
            if (!found.Equals(ToALabels(fields[1]), StringComparison.OrdinalIgnoreCase))
            {
                wrong.Add($"{fields[0]}: expected {fields[1]}, found {found}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(vectors > 30);
        Assert.True(list.Rules > 9000 && list.Unread < list.Rules / 100, $"{list.Rules} rules, {list.Unread} unread");
    }

    [Theory]
    [InlineData("www.example.com", "example.com")]
    [InlineData("WWW.Example.CO.uk", "Example.CO.uk")]
    [InlineData("example.com", "example.com")]
    [InlineData("com", "")]
    [InlineData("co.uk", "")]
    [InlineData("a.b.c.example", "c.example")]
    [InlineData("", "")]
    [InlineData(".", "")]
    public void Without_a_list_the_last_label_is_the_suffix_and_common_second_labels_too(string name, string domain) =>
        Assert.Equal(domain, PublicSuffix.Fallback.RegistrableDomain(name).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("// nothing\n\n")]
    public void A_list_without_rules_is_no_list(string text) => Assert.Null(PublicSuffix.Parse(text, "x"));

    [Fact]
    public void A_missing_file_is_no_list() => Assert.Null(PublicSuffix.Load("/nonexistent/list.dat"));

    private static string ToALabels(string name) => string.Join('.', name.Split('.').Select(label => Idna.ToALabel(label, out _) ?? label));
}

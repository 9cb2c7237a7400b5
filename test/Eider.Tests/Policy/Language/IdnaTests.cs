// A-labels: letters become what resolvers ask for, and whatever could silently become another name is refused.

using System.Globalization;
using System.Text;
using Eider.Core;
using Xunit;

namespace Eider.Tests.Policy.Language;

public sealed class IdnaTests
{
    [Theory]
    [InlineData("Example", "example")]
    [InlineData("Bücher", "xn--bcher-kva")]
    [InlineData("ÅÄÖ", "xn--4cab6c")]
    [InlineData("παράδειγμας", "xn--hxajbheg2az3als")]
    [InlineData("пример", "xn--e1afmkfd")]
    [InlineData("例え", "xn--r8jz45g")]
    [InlineData("コーヒー", "xn--tck2c4fb")]
    [InlineData("실례", "xn--9n2bp8q")]
    [InlineData("ประเทศไทย", "xn--o3cak4ac5a6cxhpb")]
    [InlineData("उदाहरण", "xn--p1b6ci4b4b3a")]
    [InlineData("مثال", "xn--mgbh0fb")]
    [InlineData("faß", "xn--fa-hia")]
    public void Letters_become_the_A_label(string label, string aLabel)
    {
        Assert.Equal(aLabel, Idna.ToALabel(label, out var fault));
        Assert.Null(fault);
        Assert.True(Idna.IsDecodable(aLabel));
    }

    [Theory]
    [InlineData("bu\u0308cher")] // u and diaeresis apart
    [InlineData("ｅｘａｍｐｌｅ")] // full width
    [InlineData("ﬁsch")] // ligature
    [InlineData("x²")]
    [InlineData("𝐛𝐚𝐧𝐤")] // mathematical letters
    [InlineData("İstanbul")]
    [InlineData("a\u200db")] // joiner
    [InlineData("a\u00adb")] // soft hyphen
    [InlineData("\u202eabc")] // right-to-left override
    [InlineData("か\u3099")] // kana and voiced mark apart
    [InlineData("\u1100\u1161")] // conjoining Jamo
    [InlineData("ü\ud800")] // half a character
    [InlineData("ü\u0378")] // unassigned
    [InlineData("ü\ue000")] // private use
    [InlineData("ü\u3000b")]
    public void Whatever_could_become_another_name_is_refused(string label)
    {
        Assert.Null(Idna.ToALabel(label, out var fault));
        Assert.NotNull(fault);
    }

    [Fact]
    public void Every_accepted_letter_survives_the_way_there_and_back()
    {
        var idn = new IdnMapping();
        for (var value = 0x80; value <= 0x10ffff; value++)
        {
            if (Rune.IsValid(value) && Idna.ToALabel($"a{new Rune(value)}", out _) is { } aLabel && aLabel.StartsWith("xn--", StringComparison.Ordinal))
            {
                Assert.Equal($"a{new Rune(value)}".ToLowerInvariant(), idn.GetUnicode(aLabel));
            }
        }
    }

    [Theory]
    [InlineData("xn--999999999")]
    [InlineData("xn--")]
    public void Label_that_no_text_has_is_told(string label) => Assert.False(Idna.IsDecodable(label));
}

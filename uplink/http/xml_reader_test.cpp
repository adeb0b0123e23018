#include "uplink/http/xml_reader.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

TEST(XmlReader, ReadsWhatS3Answers) {
  const auto root = parse_xml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListPartsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><ETag>&quot;a&amp;b&quot;</ETag></Part>"
      "<Part><PartNumber> 2 </PartNumber></Part></ListPartsResult>");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->name, "ListPartsResult");
  EXPECT_EQ(root->child_text("IsTruncated"), "false");
  ASSERT_EQ(root->children.size(), 3U);
  EXPECT_EQ(root->children[1].child_text("ETag"), "\"a&b\"");
  EXPECT_EQ(root->children[2].child_text("PartNumber"), "2");
  EXPECT_EQ(root->child("Nothing"), nullptr);
  EXPECT_EQ(root->child_text("Nothing"), "");
}

TEST(XmlReader, WhiteSpaceBeforeTheDocumentIsNoError) {
  // S3 keeps the connection of a long CompleteMultipartUpload alive with it.
  EXPECT_TRUE(parse_xml("\n\n     <?xml version=\"1.0\"?>\n   <Error><Code>InternalError</Code></Error>"));
}

TEST(XmlReader, PrefixesAreDropped) {
  EXPECT_EQ(parse_xml("<a:b xmlns:a='x'/>")->name, "b");
}

TEST(XmlReader, CharacterDataIsText) {
  EXPECT_EQ(parse_xml("<a><![CDATA[<x>]]>y</a>")->text, "<x>y");
}

TEST(XmlReader, RefusesWhatIsNoDocument) {
  for (const char* text : {"", "   ", "not xml", "<a>", "<a></b>", "<a/", "<html><body>Welcome<br></body></html>",
                           "<a><b></a></b>", "<Error><Code>Internal"}) {
    const auto root = parse_xml(text);
    ASSERT_FALSE(root) << text;
    EXPECT_EQ(root.error().kind, ErrorKind::corrupt);
  }
}

TEST(XmlReader, RefusesDocumentTypesSoNoEntityIsDefinedOrFetched) {
  EXPECT_FALSE(parse_xml("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"));
  EXPECT_FALSE(parse_xml("<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]><lolz>&lol2;</lolz>"));
  EXPECT_EQ(parse_xml("<a>&unknown;</a>")->text, "&unknown;");
}

TEST(XmlReader, HoldsItsLimits) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  EXPECT_FALSE(parse_xml(deep));
  XmlLimits few;
  few.elements = 3;
  EXPECT_TRUE(parse_xml("<a><b/><b/></a>", few));
  EXPECT_FALSE(parse_xml("<a><b/><b/><b/></a>", few));
  XmlLimits small;
  small.size_bytes = 10;
  EXPECT_FALSE(parse_xml("<abcdefgh/>", small));
}

TEST(XmlReader, EscapedTextComesBack) {
  const std::string text = "a<b>&\"c'";
  EXPECT_EQ(parse_xml("<x>" + xml_escape(text) + "</x>")->text, text);
}

}  // namespace
}  // namespace dl::uplink
